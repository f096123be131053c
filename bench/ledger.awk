# Reads what `perf script -F comm,tid,ip,sym,dso` prints, and tells for each layer how many samples fell into it, those in the kernel apart:
#   LAYER <tab> user <tab> kernel
# A sample belongs to the innermost of its frames that names a layer. What the runtime, the C library and the kernel do is counted with
# the layer that called for it; where the stack does not lead back to one, the thread decides.

function layer_of(frame) {
    if (frame ~ /LowLevelLifoSemaphore__Wait|LowLevelLifoSemaphore__WaitForSignal/) return "idle pool threads"
    if (frame ~ /WKS::|SVR::|RhpGcAlloc|RhCollect|ThreadStore|GCToEEInterface/) return "collector and allocation"
    if (frame ~ /LowLevelLifoSemaphore|PortableThreadPool|ThreadPoolWorkQueue|ThreadPool__|ManualResetEventSlim|CompletionQueue|StageThread__Wait/) return "hand-overs"
    if (frame ~ /System_Net_Sockets/) return "sockets"
    if (frame ~ /System_Net_Security|OpenSsl|Netcd_Server_Netcd_Server_Security/) return "TLS"
    if (frame ~ /AspNetCore|System_IO_Pipelines|System_Threading_Channels|Netcd_Server_Hosting|Netcd_Server_Http/) return "HTTP"
    if (frame ~ /Google_Protobuf|Netcd_Protocol_|Netcd_Server_Grpc/) return "frames and protobuf"
    if (frame ~ /Netcd_Server_Peers/) return "peer streams"
    if (frame ~ /Netcd_Server_(Services|EngineAccess|Auth|Monitoring_Call|Watching|Tracing)|Netcd_Engine_(Requests|Auth)/) return "call handling"
    if (frame ~ /Netcd_Raft_|ConsensusStage|ProposalQueue|NodeReads|ReadConfirmation/) return "raft"
    if (frame ~ /Netcd_Storage_Wal|LogStage/) return "log"
    if (frame ~ /Netcd_Engine_Mvcc_Index/) return "index"
    if (frame ~ /Netcd_Storage_Bolt|Netcd_Engine_Backend|BackendStage|BackendWriter/) return "backend"
    if (frame ~ /Netcd_Engine_Watching/) return "watches"
    if (frame ~ /Netcd_Engine_Leases|LeaseStage/) return "leases"
    if (frame ~ /Netcd_Engine_(Apply|Mvcc|Records|State)|ApplyStage/) return "apply"
    return ""
}

function layer_of_thread(name) {
    if (name ~ /^netcd-log/) return "log"
    if (name ~ /^netcd-backend/) return "backend"
    if (name ~ /^netcd-engine/) return "hand-overs"
    if (name ~ /Sockets/) return "sockets"
    if (name ~ /BGC|Finalizer/) return "collector and allocation"
    if (name ~ /TP Worker|Timer/) return "hand-overs"
    return "other"
}

function close_sample() {
    if (thread == "") return
    if (layer == "" && waits) layer = thread ~ /TP Worker/ ? "idle pool threads" : "hand-overs"
    if (layer == "") layer = layer_of_thread(thread)
    count[layer SUBSEP (inKernel ? "kernel" : "user")]++
    layers[layer] = 1
    threads[thread]++
    thread = ""
}

/^$/ { close_sample(); next }
/^[^ \t]/ { close_sample(); thread = $0; sub(/ +[0-9]+ *$/, "", thread); layer = ""; inKernel = 0; waits = 0; depth = 0; next }
{
    depth++
    if (depth == 1) inKernel = /\[kernel/
    if (/__futex_abstimed_wait|epoll_wait/) waits = 1
    if (layer == "") layer = layer_of($2)
}
END {
    close_sample()
    for (name in layers) printf "layer\t%s\t%d\t%d\n", name, count[name SUBSEP "user"], count[name SUBSEP "kernel"]
    for (name in threads) printf "thread\t%s\t%d\n", name, threads[name]
}
