# bash completion for cepcesctl. Commands and options come from the tool's own --help, so they are never out of date.

_cepcesctl()
{
    local current=${COMP_WORDS[COMP_CWORD]} tool=${COMP_WORDS[0]} word command=() i candidates

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --config | --database | --key-directory | --passphrase-file) ((i++)) ;;
        -*) ;;
        *) command+=("$word") ;;
        esac
    done
    if [[ $current == -* ]]; then
        candidates=$("$tool" "${command[@]:0:2}" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
        candidates+=" --config --database --key-directory --passphrase-file --json --help"
    elif ((${#command[@]} == 0)); then
        candidates=$("$tool" --help | sed -n 's/^  \([a-z]*\).*/\1/p' | sort -u)
    elif ((${#command[@]} == 1)); then
        candidates=$("$tool" --help | sed -n "s/^  ${command[0]//[^a-z]/} \([a-z]*\) .*/\1/p")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}

complete -o default -F _cepcesctl cepcesctl
