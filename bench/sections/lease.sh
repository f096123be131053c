# Part of bench/side-by-side.sh, which sources it.

lease_turn() {
    local server=$1 data=$work/$1.data line
    rm -rf "$data"
    start "$server" "$data"
    line=$(load_measured lease --clients "$LEASES" --duration "$DURATION" --connections 10) || die "$server: leases: $line"
    say "$server: $line"
    record "$server" 'op/s' "$(field grants_per_s "$line")" "$LEASES leases: grants, 100 at a time"
    record "$server" 'MiB' "$(field rss_mib "$line")" "$LEASES leases: memory"
    record "$server" 'op/s' "$(field renewals_per_s "$line")" "$LEASES leases: renewals, 10 streams"
    record "$server" 'us' "$(field p99_us "$line")" "$LEASES leases: renewal p99"
    record "$server" 'us' "$(field cpu_us_per_renewal "$line")" "$LEASES leases: server CPU per renewal"
    record "$server" 's' "$(field gone_after_end_s "$line")" "$LEASES leases end at once: all gone after"
    record "$server" 'us' "$(field put_p99_us "$line")" "$LEASES leases end at once: p99 of puts meanwhile"
    record "$server" 'ms' "$(field expiry_cpu_ms "$line")" "$LEASES leases end at once: server CPU"
    stop_server
    rm -rf "$data"
}
