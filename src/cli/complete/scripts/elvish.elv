# Completions of PROGRAM for elvish.
use str
set edit:completion:arg-completer[PROGRAM] = {|@words|
    CCO complete elvish PROGRAM -- $@words 2>/dev/null | from-lines | each {|line|
        var value @help = (str:split "\t" $line)
        if (> (count $help) 0) {
            edit:complex-candidate $value &display=$value' ('$help[0]')' &code-suffix=' '
        } elif (str:has-suffix $value .) {
            edit:complex-candidate $value
        } else {
            edit:complex-candidate $value &code-suffix=' '
        }
    }
}
