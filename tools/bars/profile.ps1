# PowerShell: figures before your own prompt. Add this to $PROFILE. ./check runs it only where pwsh is installed.
$ccoPrompt = $function:prompt
function prompt {
    $figures = cco-peek --format plain 2>$null
    $global:LASTEXITCODE = $null  # of cco-peek, which says by it whether figures are current
    if ($figures) { "$figures`n$(& $ccoPrompt)" } else { & $ccoPrompt }
}
