# Makes the tables of bench/ledger.sh from its counters, samples and traced system calls.

FILENAME ~ /results$/ {
    split($0, f, " ")
    row = f[1]
    n = f[8] - f[3]
    calls[row] = n
    micros[row] = (f[9] - f[4]) / hz * 1e6 / n
    bytes[row] = (f[10] - f[5]) / n
    waits[row] = (f[11] - f[6]) / n
    pushed[row] = (f[12] - f[7]) / n
    next
}

FILENAME ~ /samples$/ {
    split($0, f, "\t")
    row = f[1]
    if (f[2] == "layer") {
        user[row, f[3]] = f[4]
        kernel[row, f[3]] = f[5]
        total[row] += f[4] + f[5]
        inKernel[row] += f[5]
    } else {
        thread[row, f[3]] = f[4]
        if (!(f[3] in threads)) { threads[f[3]] = 1; threadOrder[++threadCount] = f[3] }
    }
    next
}

FILENAME ~ /calls$/ {
    split($0, f, "\t")
    per[f[1], f[2]] = f[3] / (f[4] > 0 ? f[4] : 1)
    if (per[f[1], f[2]] >= 0.005 && !(f[2] in named)) { named[f[2]] = 1; nameOrder[++nameCount] = f[2] }
}

function head(first,   i, line, rule) {
    line = "| " first " |"; rule = "|---|"
    for (i = 1; i <= rowCount; i++) { line = line " " row_name[i] " |"; rule = rule "---|" }
    print line; print rule
}

END {
    rowCount = split(rows, row_name, " ")
    layerCount = split("sockets|HTTP|TLS|frames and protobuf|call handling|raft|peer streams|log|apply|index|leases|watches|backend|hand-overs|idle pool threads|collector and allocation|other", layer, "|")
    print "Microseconds of processor time per operation, in brackets those in the kernel:\n"
    head("layer")
    for (i = 1; i <= layerCount; i++) {
        line = "| " layer[i] " |"; any = 0
        for (j = 1; j <= rowCount; j++) {
            r = row_name[j]; u = user[r, layer[i]]; k = kernel[r, layer[i]]
            share = total[r] > 0 ? micros[r] / total[r] : 0
            if ((u + k) * share >= 0.005) { any = 1; line = line sprintf(" %.2f (%.2f) |", (u + k) * share, k * share) } else line = line " |"
        }
        if (any) print line
    }
    line = "| **all** |"
    for (j = 1; j <= rowCount; j++) { r = row_name[j]; line = line sprintf(" **%.2f** (%.2f) |", micros[r], total[r] > 0 ? inKernel[r] * micros[r] / total[r] : 0) }
    print line "\n"

    print "Per operation:\n"
    head("")
    line = "| operations in the time |"; for (j = 1; j <= rowCount; j++) line = line sprintf(" %d |", calls[row_name[j]]); print line
    line = "| bytes allocated |"; for (j = 1; j <= rowCount; j++) line = line sprintf(" %.0f |", bytes[row_name[j]]); print line
    line = "| context switches: threads that wait |"; for (j = 1; j <= rowCount; j++) line = line sprintf(" %.2f |", waits[row_name[j]]); print line
    line = "| context switches: threads that are pushed aside |"; for (j = 1; j <= rowCount; j++) line = line sprintf(" %.2f |", pushed[row_name[j]]); print line
    for (i = 1; i <= nameCount; i++) {
        line = "| " nameOrder[i] ", while traced |"
        for (j = 1; j <= rowCount; j++) line = line sprintf(" %.2f |", per[row_name[j], nameOrder[i]])
        print line
    }
    print "\nMicroseconds by thread:\n"
    head("thread")
    for (i = 1; i <= threadCount; i++) {
        line = "| " threadOrder[i] " |"; any = 0
        for (j = 1; j <= rowCount; j++) {
            r = row_name[j]; t = total[r] > 0 ? thread[r, threadOrder[i]] * micros[r] / total[r] : 0
            if (t >= 0.05) any = 1
            line = line sprintf(" %.2f |", t)
        }
        if (any) print line
    }
}
