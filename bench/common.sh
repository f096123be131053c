# What the scripts of this folder have in common; they source it.

# read_options ARGUMENT...: VARIABLE=VALUE each, which scripts that are called get too; usage is the script's own
read_options() {
    local argument
    for argument in "$@"; do
        case "$argument" in
            -h | --help) usage; exit 0 ;;
            [A-Z]*=*) declare -gx "${argument%%=*}=${argument#*=}" ;;
            *) usage >&2; exit 2 ;;
        esac
    done
}

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
die() { say "error: $*"; KEEP=1; exit 1; }

# ---- programs

find_etcd() {
    local given=${NETCD_TEST_ETCD:-} fetched
    if [[ -n $given && -d $given ]]; then given=$given/etcd; fi
    for given in "$given" "$(command -v etcd || true)" "$HOME/.cache/netcd/etcd/usr/bin/etcd"; do
        if [[ -n $given && -x $given ]]; then echo "$given"; return; fi
    done
    if [[ -x $root/tools/get-etcd.sh ]]; then
        "$root/tools/get-etcd.sh" >&2
        fetched=$HOME/.cache/netcd/etcd/usr/bin/etcd
        if [[ -x $fetched ]]; then echo "$fetched"; return; fi
    fi
    return 1
}

# find_netcd: that of NETCD_PROGRAM, else one that is published
find_netcd() {
    if [[ -z ${NETCD_PROGRAM:-} ]]; then
        say "publishing netcd as a native binary"
        local rid=linux-x64
        case $(uname -m) in aarch64 | arm64) rid=linux-arm64 ;; esac
        dotnet publish "$root/src/Netcd" -c Release -r "$rid" -p:PublishAot=true -v q --nologo -nodeReuse:false -o "$work/netcd" \
            --artifacts-path "$work/artifacts" >"$work/publish.log" 2>&1 || die "the publish failed: $(tail -n 5 "$work/publish.log")"
        NETCD_PROGRAM=$work/netcd/netcd
    fi
    [[ -x $NETCD_PROGRAM ]] || die "$NETCD_PROGRAM is no program"
    echo "$NETCD_PROGRAM"
}

# build_load: the generator of load, as a program
build_load() {
    say "building the load generator"
    dotnet build "$root/bench/Netcd.Load" -c Release -v q --nologo -nodeReuse:false -o "$work/load" >"$work/build.log" 2>&1 ||
        die "the build failed: $(tail -n 5 "$work/build.log")"
    echo "$work/load/netcd-load"
}

# ---- a cluster's addresses; base is a port

client_of() { echo "http://127.0.0.1:$((base + $1))"; }
peer_of() { echo "http://127.0.0.1:$((base + 10 + $1))"; }

# ---- figures

# field NAME LINE: one of those that the generator prints
field() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$2"; }

# record SERVER UNIT VALUE METRIC...
record() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${*:4}" >>"$results"; }

# cpu_us TICKS COUNT: microseconds each
cpu_us() { awk -v t="$1" -v hz="$(getconf CLK_TCK)" -v n="$2" 'BEGIN { printf "%.3f", t / hz * 1e6 / n }'; }

# medians: name, unit, median of etcd, median of netcd, in the order of the first records
medians() {
    awk -F '\t' '
        function median(key,   n, i, j, t, list) {
            n = split(values[key], list, " ")
            for (i = 2; i <= n; i++) { t = list[i] + 0; for (j = i - 1; j > 0 && list[j] + 0 > t; j--) list[j + 1] = list[j]; list[j + 1] = t }
            return n % 2 ? list[(n + 1) / 2] + 0 : (list[n / 2] + list[n / 2 + 1]) / 2
        }
        { if (!($4 in unit)) { unit[$4] = $2; order[++count] = $4 } values[$1 SUBSEP $4] = values[$1 SUBSEP $4] " " $3 }
        END {
            for (i = 1; i <= count; i++) {
                printf "%s\t%s\t%.6g\t%.6g\n", order[i], unit[order[i]], median("etcd" SUBSEP order[i]), median("netcd" SUBSEP order[i])
            }
        }' "$results"
}

table() {
    medians | awk -F '\t' '
        function shown(value) { return value >= 1000 ? sprintf("%.0f", value) : value >= 10 ? sprintf("%.1f", value) : sprintf("%.2f", value) }
        BEGIN { printf "%-70s %-6s %12s %12s %9s\n", "", "", "etcd", "netcd", "ratio" }
        {
            ratio = $3 > 0 ? sprintf($4 / $3 < 0.01 ? "%.5f" : "%.2f", $4 / $3) : "-"
            printf "%-70s %-6s %12s %12s %9s\n", $1, $2, shown($3), shown($4), ratio
        }'
}

# json: the same for bench/Netcd.Charts; no name has a quotation mark in it
json() {
    printf '{\n  "date": "%s",\n  "commit": "%s",\n' "$(date +%Y-%m-%d)" "$(git -C "$root" rev-parse --short HEAD)"
    printf '  "machine": "%s cores of %s",\n' "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1 | tr -s ' ')"
    printf '  "etcd": "%s",\n  "rows": [\n' "$("${program_of[etcd]}" --version 2>/dev/null | sed -n 's/^etcd Version: /etcd /p')"
    medians | awk -F '\t' '{ printf "%s    { \"name\": \"%s\", \"unit\": \"%s\", \"etcd\": %s, \"netcd\": %s }", (NR > 1 ? ",\n" : ""), $1, $2, $3, $4 }'
    printf '\n  ]\n}\n'
}

# report: the table, and JSON where OUT names a file
report() {
    table
    if [[ -n ${OUT:-} ]]; then json >"$OUT"; fi
}
