_bicep_race_lint() {
    local line tool=${COMP_WORDS[0]/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = :files ]; then
            compopt -o filenames 2> /dev/null
            while IFS= read -r line; do
                COMPREPLY+=("$line")
            done < <(compgen -f -- "$current")
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <("$tool" completions bash -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" ".$current" 2> /dev/null)
}
complete -F _bicep_race_lint bicep-race-lint
