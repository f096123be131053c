using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// Calls over gRPC: the first byte picks the method, the next the form of the frame, and the rest is the message. Each is answered with
/// a status of etcd's, never with one that says that the server has tripped.
/// </summary>
internal sealed class GrpcTarget : IFuzzTarget
{
    private const int InternalError = 13;
    private const int Unknown = 2;

    /// <summary>What Go's gRPC server says of a request that ends before its message does; any other text under its codes would be of a
    /// fault.</summary>
    private static readonly string[] CutOff =
        ["EOF", "unexpected EOF", "cardinality violation: received no request message from non-client-streaming RPC"];

    private static readonly string[] Methods =
    [
        "/etcdserverpb.KV/Range", "/etcdserverpb.KV/Put", "/etcdserverpb.KV/DeleteRange",
        "/etcdserverpb.KV/Txn", "/etcdserverpb.KV/Compact",
        "/etcdserverpb.KV/RangeStream", "/etcdserverpb.Cluster/MemberList", "/etcdserverpb.Maintenance/Status",
        "/etcdserverpb.Maintenance/Hash", "/etcdserverpb.Maintenance/HashKV", "/etcdserverpb.Maintenance/Defragment",
    ];

    private readonly LiveServer server = new();

    public string Name => "grpc";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, 0, .. new RangeRequest { Key = Text("a"), RangeEnd = Text("b"), Limit = 5, Revision = 2, CountOnly = true }.ToByteArray()],
        [0, 0, .. new RangeRequest { Key = Text("\0"), RangeEnd = Text("\0"),
            SortOrder = RangeRequest.Types.SortOrder.Descend, MinModRevision = 1 }.ToByteArray()],
        [1, 0, .. new PutRequest { Key = Text("a"), Value = Text("b"), PrevKv = true }.ToByteArray()],
        [1, 0, .. new PutRequest { Key = Text("a"), IgnoreValue = true, Lease = 77 }.ToByteArray()],
        [2, 0, .. new DeleteRangeRequest { Key = Text("a"), RangeEnd = Text("b"), PrevKv = true }.ToByteArray()],
        [3, 0, .. Txn().ToByteArray()],
        [5, 0, .. new RangeRequest { Key = Text("a"), RangeEnd = Text("b") }.ToByteArray()],
        [6, 0, .. new MemberListRequest { Linearizable = true }.ToByteArray()],
        [7, 0],
        [8, 0],
        [9, 0, .. new HashKVRequest { Revision = 2 }.ToByteArray()],
        [10, 0],
        [4, 0, .. new CompactionRequest { Revision = 2, Physical = true }.ToByteArray()],
    ];

    public Verdict Run(byte[] input)
    {
        if (input.Length < 2)
        {
            return Verdict.Refused;
        }

        using HttpResponseMessage answer = server.Post(
            Methods[input[0] % Methods.Length], Frame(input[1], input.AsSpan(2)), "application/grpc", overHttp2: true);
        int status = StatusOf(answer, out string message);
        return status switch
        {
            0 => Verdict.Accepted,
            Unknown when CutOff.Contains(message) => Verdict.Refused,
            Unknown or < 0 or > 16 => throw new InvalidDataException(
                $"status {status}: {message}; {(int)answer.StatusCode} {answer.Headers} / {answer.TrailingHeaders}"),
            InternalError when !message.StartsWith("grpc: ", StringComparison.Ordinal) && !CutOff.Contains(message) =>
                throw new InvalidDataException($"internal error: {message}"),
            _ => Verdict.Refused,
        };
    }

    public void Dispose() => server.Dispose();

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static TxnRequest Txn()
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare
        {
            Key = Text("a"),
            Target = Compare.Types.CompareTarget.Version,
            Result = Compare.Types.CompareResult.Greater,
            Version = 1,
        });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Text("a"), Value = Text("c") } });
        txn.Failure.Add(new RequestOp { RequestTxn = new TxnRequest() });
        txn.Failure.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Text("b") } });
        return txn;
    }

    /// <summary>The frame that gRPC puts around a message; now and then a wrong one.</summary>
    private static byte[] Frame(byte form, ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[5 + message.Length];
        frame[0] = form == 9 ? (byte)1 : (byte)0;
        uint length = form switch
        {
            7 => (uint)message.Length + 1,
            8 => uint.MaxValue,
            10 => (uint)message.Length / 2,
            _ => (uint)message.Length,
        };
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        message.CopyTo(frame.AsSpan(5));
        return form == 11 ? frame[..Math.Min(frame.Length, 3)] : frame;
    }

    private static int StatusOf(HttpResponseMessage answer, out string message)
    {
        message = Header(answer, "grpc-message");
        return int.TryParse(Header(answer, "grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : -1;
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || answer.Headers.TryGetValues(name, out values)
            ? Uri.UnescapeDataString(string.Join(",", values))
            : "";
}
