# Part of bench/side-by-side.sh, which sources it.

seconds_since() { awk -v t=$(($(date +%s%N) - $1)) 'BEGIN { printf "%.2f", t / 1e9 }'; }

# One key that is written again and again: what its history costs to write, to read and to compact. Then compaction beside puts.
history_turn() {
    local server=$1 data=$work/$1.data began last line load_pid watcher
    rm -rf "$data"
    start "$server" "$data"
    load_measured fill --keys "$SMALL_KEYS" >/dev/null || die "$server: the fill failed"
    saturate "$server" put Put "$OVERWRITES" "one key, $OVERWRITES puts"
    last=$(revision)
    began=$(date +%s%N)
    # Three lines an event: what happened, key, value. The value has line feeds of its own, so events are counted by their first line.
    # A few earlier ones too: not each of the last revisions is of the key.
    exec 3< <(exec timeout "$LONGEST" "$etcdctl" --endpoints "$endpoint" watch "$(frame_key)" --rev "$((last - WATCHED - 10))" 2>/dev/null)
    watcher=$!
    grep -a -x -m "$WATCHED" -c PUT >"$work/events" <&3 || true
    # It waits for more, and nobody reads it.
    kill "$watcher" 2>/dev/null || true
    exec 3<&-
    [[ $(cat "$work/events") == "$WATCHED" ]] || die "$server: only $(cat "$work/events") events of $WATCHED"
    record "$server" 's' "$(seconds_since "$began")" "one key, $OVERWRITES puts: the last $WATCHED watched by etcdctl"
    began=$(date +%s%N)
    "$etcdctl" --endpoints "$endpoint" --command-timeout "${LONGEST}s" compact "$last" --physical >/dev/null 2>&1 || die "$server: the compaction failed"
    record "$server" 's' "$(seconds_since "$began")" "one key, $OVERWRITES puts: compaction"
    load_measured fill --keys "$OVERWRITES" >/dev/null || die "$server: the fill failed"
    load_measured fill --keys "$OVERWRITES" >/dev/null || die "$server: the fill failed"
    last=$(revision)
    load_measured run put --clients 100 --rate 5000 --duration 20 --warmup "$WARMUP" --keys "$OVERWRITES" >"$work/line" &
    load_pid=$!
    sleep $((WARMUP + 2))
    began=$(date +%s%N)
    "$etcdctl" --endpoints "$endpoint" --command-timeout "${LONGEST}s" compact "$last" --physical >/dev/null 2>&1 || die "$server: the compaction failed"
    record "$server" 's' "$(seconds_since "$began")" "compaction of $OVERWRITES revisions beside 5,000 puts/s"
    wait "$load_pid" || die "$server: puts beside a compaction: $(cat "$work/line")"
    line=$(cat "$work/line")
    say "$server: $line"
    record "$server" 'us' "$(field p99_us "$line")" "compaction of $OVERWRITES revisions beside 5,000 puts/s: p99 of puts"
    stop_server
    rm -rf "$data"
}
