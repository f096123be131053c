# Part of bench/side-by-side.sh, which sources it.

post() { curl -sSf -X POST "$endpoint/v3/$1" -d "$2" || die "$1 failed"; }

# log_in NAME PASSWORD
log_in() { post auth/authenticate "{\"name\":\"$1\",\"password\":\"$2\"}" | sed 's/.*"token": *"\([^"]*\)".*/\1/'; }

# Users that count, and what they cost: the same load as without, by a user with a right to all keys; and beside a storm of log-ins.
auth_turn() {
    local server=$1 data=$work/$1.data
    rm -rf "$data"
    start "$server" "$data"
    load_measured fill --keys "$SMALL_KEYS" >/dev/null || die "$server: the fill failed"
    saturate "$server" put Put "$PUTS" "without users: put"
    saturate "$server" sget Range "$GETS" "without users: serializable get"
    saturate "$server" get Range "$GETS" "without users: linearizable get"
    latency "$server" put 100 "without users: put, clients: 100"
    {
        post auth/user/add '{"name":"root","password":"secret"}'
        post auth/user/grant '{"user":"root","role":"root"}'
        post auth/role/add '{"name":"all"}'
        post auth/role/grant '{"name":"all","perm":{"permType":"READWRITE","key":"AA==","range_end":"AA=="}}'
        post auth/user/add '{"name":"bench","password":"other"}'
        post auth/user/grant '{"user":"bench","role":"all"}'
        post auth/enable '{}'
    } >/dev/null
    NETCD_LOAD_TOKEN=$(log_in bench other)
    export NETCD_LOAD_TOKEN
    saturate "$server" put Put "$PUTS" "with users: put"
    saturate "$server" sget Range "$GETS" "with users: serializable get"
    saturate "$server" get Range "$GETS" "with users: linearizable get"
    latency "$server" put 100 "with users: put, clients: 100"
    # A thousand at a time, each with its password: name "root", password "secret".
    printf '\0\0\0\0\016\012\004root\022\006secret' >"$work/login.frame"
    h2load -D "$((STORM_SECONDS + WARMUP + DURATION))" -c 20 -m 50 -d "$work/login.frame" -H 'content-type: application/grpc' -H 'te: trailers' \
        "$endpoint/etcdserverpb.Auth/Authenticate" >"$work/storm.log" 2>&1 &
    local storm=$!
    sleep 1
    latency "$server" put 100 "beside a storm of log-ins: put, clients: 100"
    kill "$storm" 2>/dev/null || true
    wait "$storm" 2>/dev/null || true
    unset NETCD_LOAD_TOKEN
    stop_server
    rm -rf "$data"
}
