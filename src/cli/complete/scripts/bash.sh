# Completions of PROGRAM for bash.
_NAME() {
    local line
    COMPREPLY=()
    if [[ ${COMP_WORDS[COMP_CWORD]} == \~* ]]; then
        # Only the shell knows whose home that is.
        compopt -o default 2>/dev/null
        return
    fi
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(CCO complete bash PROGRAM -- "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[./=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _NAME PROGRAM 2>/dev/null || complete -F _NAME PROGRAM
