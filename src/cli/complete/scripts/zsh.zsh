#compdef PROGRAM
# Completions of PROGRAM for zsh.
_PROGRAM() {
    local -a values shown open open_shown
    local value help
    if [[ $PREFIX == \~* ]]; then
        # Only the shell knows whose home that is.
        _files
        return
    fi
    while IFS=$'\t' read -r value help; do
        if [[ $value == *[./=] ]]; then
            open+=("$value")
            open_shown+=("$value${help:+  -- $help}")
        else
            values+=("$value")
            shown+=("$value${help:+  -- $help}")
        fi
    done < <(CCO complete zsh PROGRAM -- "${(@Q)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    (( $#values + $#open )) || return 1
    (( $#values )) && compadd -l -V PROGRAM -d shown -a values
    (( $#open )) && compadd -l -S '' -V PROGRAM -d open_shown -a open
    return 0
}
if [[ $funcstack[1] == _PROGRAM ]]; then
    _PROGRAM "$@"
elif (( $+functions[compdef] )); then
    compdef _PROGRAM PROGRAM
fi
