using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>Makes the calls of one kind of load. The keys are expected to exist, but for put (see <see cref="FillRun"/>).</summary>
internal sealed class Workload
{
    private const string RangeMethod = "/etcdserverpb.KV/Range";
    private const string PutMethod = "/etcdserverpb.KV/Put";
    private const string TxnMethod = "/etcdserverpb.KV/Txn";

    private static readonly Func<byte[], bool> PutAnswered = frame => Parse(PutResponse.Parser, frame).Header is { Revision: > 0 };
    private static readonly Func<byte[], bool> GetAnswered = frame => Parse(RangeResponse.Parser, frame).Kvs.Count == 1;
    private static readonly Func<byte[], bool> RangeAnswered = frame => Parse(RangeResponse.Parser, frame).Kvs.Count > 0;
    private static readonly Func<byte[], bool> TxnAnswered = frame =>
        Parse(TxnResponse.Parser, frame) is { Succeeded: true, Responses: [_, { ResponseRange.Kvs.Count: 1 }] };

    private readonly KeySpace space;
    private readonly int limit;
    private readonly Func<Random, GrpcCall> next;

    public Workload(string name, KeySpace space, int limit)
    {
        this.space = space;
        this.limit = limit;
        next = name switch
        {
            "put" => Put,
            "get" => random => Get(random, serializable: false),
            "sget" => random => Get(random, serializable: true),
            "range" => _ => Range(KeySpace.Start),
            "txn" => Txn,
            "mixed" => Mixed,
            _ => throw new UsageException(name.Length == 0 ? "a workload is missing" : $"there is no workload {name}"),
        };
    }

    public GrpcCall Next(Random random) => next(random);

    private static T Parse<T>(MessageParser<T> parser, byte[] frame)
        where T : IMessage<T> => parser.ParseFrom(Frames.MessageOf(frame));

    private ByteString AnyKey(Random random) => KeySpace.Key(random.Next(space.Count));

    private GrpcCall Put(Random random) =>
        new(PutMethod, Frames.Of(new PutRequest { Key = AnyKey(random), Value = space.Value(random) }), PutAnswered);

    private GrpcCall Get(Random random, bool serializable) =>
        new(RangeMethod, Frames.Of(new RangeRequest { Key = AnyKey(random), Serializable = serializable }), GetAnswered);

    // From the first key to the end of the prefix: a server that counts every match by walking it pays for all of them.
    private GrpcCall Range(ByteString from) =>
        new(RangeMethod, Frames.Of(new RangeRequest { Key = from, RangeEnd = KeySpace.End, Limit = limit }), RangeAnswered);

    // No more keys than the limit, so that the counting of all matches does not drown the rest of a mixed load.
    private GrpcCall Page(Random random)
    {
        int first = random.Next(space.Count);
        RangeRequest request = new() { Key = KeySpace.Key(first), RangeEnd = KeySpace.Key(first + limit), Limit = limit };
        return new GrpcCall(RangeMethod, Frames.Of(request), RangeAnswered);
    }

    private GrpcCall Txn(Random random)
    {
        ByteString key = AnyKey(random);
        TxnRequest request = new()
        {
            Compare =
            {
                new Compare
                {
                    Key = key,
                    Target = Compare.Types.CompareTarget.Create,
                    Result = Compare.Types.CompareResult.Greater,
                    CreateRevision = 0,
                },
            },
            Success =
            {
                new RequestOp { RequestPut = new PutRequest { Key = key, Value = space.Value(random) } },
                new RequestOp { RequestRange = new RangeRequest { Key = key } },
            },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = key } } },
        };
        return new GrpcCall(TxnMethod, Frames.Of(request), TxnAnswered);
    }

    private GrpcCall Mixed(Random random) => random.Next(100) switch
    {
        < 40 => Get(random, serializable: false),
        < 60 => Get(random, serializable: true),
        < 85 => Put(random),
        < 95 => Txn(random),
        _ => Page(random),
    };
}
