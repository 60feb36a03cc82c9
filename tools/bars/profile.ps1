# PowerShell: figures before your own prompt. Add this to $PROFILE. ./check runs it only where pwsh is installed.
$ccoPrompt = $function:prompt
function prompt {
    $code = $global:LASTEXITCODE
    $figures = cco-peek --format plain 2>$null
    $global:LASTEXITCODE = $code  # your own command's; cco-peek says by its own whether figures are current
    if ($figures) { "$figures`n$(& $ccoPrompt)" } else { & $ccoPrompt }
}
