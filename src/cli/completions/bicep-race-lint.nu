# Nushell asks one completer for all programs: what another one is asked for, it answers as before.
let bicep_race_lint_others = ($env.config.completions?.external?.completer? | default {|spans| null })
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans|
    if ($spans.0 | path parse | get stem) == 'bicep-race-lint' {
        let before = ($spans | skip 1 | drop 1)
        let told = (^$spans.0 completions nushell -- ...$before $".($spans | last)" | lines)
        let values = ($told | where $it != ':files' | split column "\t" value description)
        # Where nothing is given back, Nushell completes files.
        if ($values | is-empty) and (':files' in $told) { null } else { $values }
    } else {
        do $bicep_race_lint_others $spans
    }
}
