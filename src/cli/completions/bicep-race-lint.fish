function __bicep_race_lint
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command $words[1] completions fish -- $words[2..-1] ".$current" 2> /dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c bicep-race-lint -f -a '(__bicep_race_lint)'
