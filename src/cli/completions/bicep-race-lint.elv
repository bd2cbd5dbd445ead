use str

set edit:completion:arg-completer[bicep-race-lint] = {|@words|
    bicep-race-lint completions elvish -- (all $words[1..-1]) .$words[-1] 2> /dev/null | from-lines | each {|line|
        if (eq $line ':files') {
            edit:complete-filename $words[-1]
        } else {
            var value help = (str:split &max=2 "\t" $line)
            edit:complex-candidate $value &display=$value'  '$help
        }
    }
}
