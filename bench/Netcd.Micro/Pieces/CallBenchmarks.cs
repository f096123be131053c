using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Protocol.V3;
using Netcd.Server.Grpc;
using Netcd.Server.Monitoring;
using Netcd.Server.Services;

namespace Netcd.Micro.Pieces;

/// <summary>A whole call at a member that is alone, from its headers to its trailers: all but the transport.</summary>
public class CallBenchmarks
{
    private const int Keys = 10_000;
    private const int MaxReceiveBytes = 1 << 20;

    private LocalMember? member;
    private GrpcFrontEnd? door;
    private LocalCall? linearizable;
    private LocalCall? serializable;

    [GlobalSetup]
    public void Start()
    {
        member = new LocalMember();
        for (int i = 0; i < Keys; i++)
        {
            member.Put(Payload.Key(i), Payload.Value());
        }

        AuditTrail audit = new(member.Client, null, TimeProvider.System);
        UnaryCalls unary = new(audit, TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
        CallMeters meters = new(isTimed: true);
        GrpcMethods methods = new(new LargeAnswers(), audit, unary, meters, MaxReceiveBytes, NullLogger<GrpcMethods>.Instance);
        KvHandlers handlers = new(member.Client);
        KV.BindService(methods, new KvGrpcService(handlers));
        new KvCalls(handlers, new LargeAnswers(), unary, MaxReceiveBytes, NullLogger<KvCalls>.Instance).AddTo(methods);
        door = new GrpcFrontEnd(methods);
        RangeRequest request = new() { Key = ByteString.CopyFrom(Payload.Key(Keys / 2)) };
        linearizable = new LocalCall("/etcdserverpb.KV/Range", request);
        request.Serializable = true;
        serializable = new LocalCall("/etcdserverpb.KV/Range", request);
    }

    [GlobalCleanup]
    public void Stop() => member?.Dispose();

    [Benchmark(Description = "a linearizable get of 256 bytes at the only member, without the transport"), Budget(3_000)]
    public int Get() => Serve(linearizable!);

    [Benchmark(Description = "a serializable get of 256 bytes, without the transport"), Budget(3_000)]
    public int GetSerializable() => Serve(serializable!);

    private int Serve(LocalCall call)
    {
        Task served = door!.ServeAsync(call.Begin(), static _ => throw new InvalidOperationException("the call is taken for another"));
        if (!served.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("the call waits, or failed");
        }

        return call.AnswerBytes > Payload.ValueBytes ? call.AnswerBytes : throw new InvalidOperationException("the answer holds no value");
    }
}
