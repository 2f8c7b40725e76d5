# Shared by the scripts beside this folder: strictness, log lines, the database's environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -n "${NO_COLOR:-}" ]]; then
  green='' red='' dim='' plain=''
else
  green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'
fi

say() { printf '%s%s%s %s\n' "$dim" "$(date -u +%H:%M:%S)" "$plain" "$*"; }
good() { say "${green}ok${plain}    $*"; }
bad() { say "${red}fail${plain}  $*" >&2; }

# A pause of so many seconds at full pace; SHOP_PACE=0 leaves it out.
pace() {
  case "${SHOP_PACE:-1}" in
    0) ;;
    *) sleep "$(awk -v s="$1" -v p="${SHOP_PACE:-1}" 'BEGIN { printf "%.3f", s * p }')" ;;
  esac
}

# psql and its relatives read the password from the environment; on a command line everybody could see it.
use_database() {
  local pattern='^postgres(ql)?://([^:/@]+):([^@/]+)@([^:/@]+):([0-9]+)/([^?]+)'
  if [[ ! "${DATABASE_URL:-}" =~ $pattern ]]; then
    bad "DATABASE_URL is missing or not of the form postgresql://user:password@host:port/name"
    exit 2
  fi
  export PGUSER="${BASH_REMATCH[2]}" PGPASSWORD="${BASH_REMATCH[3]}" PGHOST="${BASH_REMATCH[4]}"
  export PGPORT="${BASH_REMATCH[5]}" PGDATABASE="${BASH_REMATCH[6]}" PGCONNECT_TIMEOUT=10
}
