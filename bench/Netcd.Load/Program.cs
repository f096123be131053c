using Netcd.Load;

const string Usage = """
    netcd-load: closed-loop load for any etcd v3 endpoint

    netcd-load run WORKLOAD [options]    put, get, sget (serializable), range (limit 100), txn, mixed
    netcd-load fill [options]            writes --keys keys of --value-size bytes in transactions of up to 128 puts
    netcd-load frame WORKLOAD [options]  writes one request as a gRPC frame to --out (put, get, sget, range)
    netcd-load call WORKLOAD [options]   sends that one request and tells status, size and revision of the answer
    netcd-load watch [options]           opens --clients streams with a watch of one key each, then writes --count puts to it and
                                         waits until all are told; --count 0 tells what idle watches cost
    netcd-load lease [options]           grants --clients leases, renews them for --duration, and tells when all are gone after their end
    netcd-load outage [options]          kills --pid and tells when a put through --endpoint is answered again

      --endpoint URL      http://127.0.0.1:2379
      --clients N         callers, each with one call in flight      1 (fill: 8)
      --rate N            calls a second of all together             each when its last was answered
      --connections N     connections that they share                the lesser of clients and 10
      --duration SECONDS  measured time                              5
      --count N           calls instead of a duration
      --writers N         puts in flight while watches are told     1
      --stopped N         further watches on a connection that nobody reads 0
      --warmup SECONDS    time before, not measured                  1
      --keys N            key space: that many keys                  10000
      --value-size BYTES                                             256
      --limit N           of the range                               100
      --seed N            of the choice of keys                      1
      --pid PID           the server's process: its CPU per call and resident memory are told too
      --out FILE          for frame
      --json              tell the result as JSON
    """;

try
{
    if (args.Length == 0 || args[0] is "help" or "--help" or "-h")
    {
        Console.WriteLine(Usage);
        return args.Length == 0 ? 2 : 0;
    }

    LoadOptions options = LoadOptions.Parse(args);
    return options.Command switch
    {
        "run" => await LoadRun.ExecuteAsync(options),
        "fill" => await FillRun.ExecuteAsync(options),
        "frame" => SingleCall.WriteFrame(options),
        "watch" => await WatchRun.ExecuteAsync(options),
        "lease" => await LeaseRun.ExecuteAsync(options),
        "outage" => await Outage.ExecuteAsync(options),
        "call" => await SingleCall.ExecuteAsync(options),
        _ => throw new UsageException($"there is no command {options.Command}"),
    };
}
catch (UsageException wrong)
{
    await Console.Error.WriteLineAsync($"netcd-load: {wrong.Message}; see netcd-load --help");
    return 2;
}
