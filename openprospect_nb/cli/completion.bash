_openprospect_nb() {
  local path="" word cur="${COMP_WORDS[COMP_CWORD]}" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    [[ "$word" == -* ]] || path="$path $word"
  done
  local words=""
  case "${path# }" in
    # cases
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ -n "$words" && -n "${COMPREPLY[*]}" ]] || COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _openprospect_nb openprospect-nb
