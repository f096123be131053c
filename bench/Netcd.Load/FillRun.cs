using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>The command <c>fill</c>: every key of the key space once, in few and large transactions.</summary>
internal static class FillRun
{
    // Etcd's default limits: 128 operations a transaction and 1.5 MiB a request.
    private const int MostPuts = 128;
    private const int MostBytes = 1 << 20;

    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        KeySpace space = new(options.Keys, options.ValueSize);
        int puts = Math.Clamp(MostBytes / (options.ValueSize + 64), 1, MostPuts);
        ServerProcess? server = ServerProcess.Of(options.ProcessId);
        using ClosedLoop loop = new(options);

        long next = 0;
        double before = server?.CpuMicroseconds() ?? 0;
        LoopResult result = await loop.RunAsync(
            random =>
            {
                long first = Interlocked.Add(ref next, puts) - puts;
                return first < space.Count ? Transaction(space, random, (int)first, (int)Math.Min(puts, space.Count - first)) : null;
            },
            TimeSpan.MaxValue);
        double? cpu = server?.CpuMicroseconds() - before;
        return LoadReport.Write("fill", options, result, result.Errors == 0 ? space.Count : 0, cpu, server?.ResidentKibibytes());
    }

    private static GrpcCall Transaction(KeySpace space, Random random, int first, int count)
    {
        TxnRequest request = new();
        for (int number = first; number < first + count; number++)
        {
            PutRequest put = new() { Key = KeySpace.Key(number), Value = space.Value(random) };
            request.Success.Add(new RequestOp { RequestPut = put });
        }

        return new GrpcCall(
            "/etcdserverpb.KV/Txn",
            Frames.Of(request),
            frame => TxnResponse.Parser.ParseFrom(Frames.MessageOf(frame)).Responses.Count == count);
    }
}
