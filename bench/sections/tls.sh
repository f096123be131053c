# Part of bench/side-by-side.sh, which sources it.

# One for both sides, made once.
make_certificate() {
    [[ ! -e $work/tls.crt ]] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/tls.key" -out "$work/tls.crt" -days 2 \
        -subj /CN=bench -addext subjectAltName=IP:127.0.0.1 2>/dev/null
}

# Both ways to the same server: calls over connections that are encrypted once, and handshakes, each on a connection of its own. For
# mutual TLS the handshake is what differs; openssl makes one after the other, so its rate is no maximum.
tls_turn() {
    local server=$1 data=$work/$1.data output before ticks count
    rm -rf "$data"
    make_certificate
    start "$server" "$data" --cert-file "$work/tls.crt" --key-file "$work/tls.key"
    load_measured fill --keys "$SMALL_KEYS" >/dev/null || die "$server: the fill failed"
    saturate "$server" put Put "$PUTS" "TLS: put" "$secure_endpoint"
    saturate "$server" get Range "$GETS" "TLS: linearizable get" "$secure_endpoint"
    before=$(cpu_ticks)
    output=$(timeout "$LONGEST" h2load -n "$HANDSHAKES" -c "$HANDSHAKES" -m 1 -d "$work/sget.frame" -H 'content-type: application/grpc' \
        -H 'te: trailers' "$secure_endpoint/etcdserverpb.KV/Range") || die "$server: the handshakes did not end well"
    ticks=$(($(cpu_ticks) - before))
    [[ $output == *" $HANDSHAKES succeeded"* ]] || die "$server: not all handshakes succeeded: $output"
    record "$server" '1/s' "$(sed -n 's/^finished in .* \([0-9.]*\) req\/s.*/\1/p' <<<"$output")" "TLS: handshakes with a get each"
    record "$server" 'us' "$(cpu_us "$ticks" "$HANDSHAKES")" "TLS: server CPU of a handshake with a get"
    stop_server
    rm -rf "$data"
    start "$server" "$data" --cert-file "$work/tls.crt" --key-file "$work/tls.key" --client-cert-auth --trusted-ca-file "$work/tls.crt"
    before=$(cpu_ticks)
    output=$(openssl s_time -connect "${secure_endpoint#https://}" -cert "$work/tls.crt" -key "$work/tls.key" -new -time "$DURATION" 2>&1) ||
        die "$server: mutual handshakes: $output"
    ticks=$(($(cpu_ticks) - before))
    count=$(sed -n 's/^\([0-9]*\) connections in .* real seconds.*/\1/p' <<<"$output")
    record "$server" 'us' "$(cpu_us "$ticks" "$count")" "mutual TLS: server CPU of a handshake"
    stop_server
    rm -rf "$data"
}
