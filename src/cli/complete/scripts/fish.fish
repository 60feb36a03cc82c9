# Completions of PROGRAM for fish.
function __NAME_complete
    # fish 4 reads words as commands do with -x; before, -o did.
    set -l words (commandline -xpc 2>/dev/null; or commandline -opc)
    set -l token (commandline -ct)
    CCO complete fish PROGRAM -- $words "$token" 2>/dev/null
end
complete -c PROGRAM -e
complete -c PROGRAM -k -f -a '(__NAME_complete)'
