Register-ArgumentCompleter -Native -CommandName 'bicep-race-lint' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
    $tool = $commandAst.CommandElements[0].Extent.Text
    # Where nothing is given back, PowerShell completes files.
    & $tool completions powershell -- @before ".$wordToComplete" 2> $null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
