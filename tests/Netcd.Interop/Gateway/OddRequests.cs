using Google.Protobuf.Reflection;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;

namespace Netcd.Interop.Gateway;

/// <summary>
/// Requests that no careful client sends, generated: each field of each message with values that are not of its type, at the edge of
/// it or written in an unusual way, and bodies that are no message at all.
/// </summary>
internal static class OddRequests
{
    /// <summary>
    /// Calls that change nothing which an odd request cannot change alike on two servers. Left out: what waits (Lock, Campaign,
    /// Observe), what ends etcd (alarms, member updates), and Watch, whose unreadable requests etcd leaves unanswered.
    /// </summary>
    private static readonly (string Path, MessageDescriptor Request)[] Calls =
    [
        ("kv/range", RangeRequest.Descriptor), ("kv/put", PutRequest.Descriptor), ("kv/deleterange", DeleteRangeRequest.Descriptor),
        ("kv/txn", TxnRequest.Descriptor), ("kv/compaction", CompactionRequest.Descriptor),
        ("lease/grant", LeaseGrantRequest.Descriptor), ("lease/revoke", LeaseRevokeRequest.Descriptor),
        ("kv/lease/timetolive", LeaseTimeToLiveRequest.Descriptor), ("lease/leases", LeaseLeasesRequest.Descriptor),
        ("cluster/member/list", MemberListRequest.Descriptor), ("cluster/member/remove", MemberRemoveRequest.Descriptor),
        ("cluster/member/promote", MemberPromoteRequest.Descriptor), ("maintenance/hashkv", HashKVRequest.Descriptor),
        ("maintenance/defragment", DefragmentRequest.Descriptor),
        ("maintenance/transfer-leadership", MoveLeaderRequest.Descriptor), ("maintenance/status", StatusRequest.Descriptor),
        ("lock/unlock", UnlockRequest.Descriptor), ("election/leader", LeaderRequest.Descriptor),
        ("election/proclaim", ProclaimRequest.Descriptor), ("election/resign", ResignRequest.Descriptor),
    ];

    private static readonly string[] Bodies =
    [
        "", " ", "{}", "[]", "null", "true", "5", "\"x\"", "{", "}", "{]", "{}{}", "{} x", "{\"nosuch\":1}", "{\"nosuch\":{\"a\":[1,{}]}}",
        "{\"\":1}", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{a:1}",
        "/**/{}", "\uFEFF{}", "{\"nosuch\":\"\\x\"}", "{\"nosuch\":\"\\ud800\"}",
        "{\"nosuch\":01}", "{\"nosuch\":+1}", "{\"nosuch\":1.}", "{\"nosuch\":.5}",
        "{\"nosuch\":NaN}", "{\"nosuch\":1e999}", "{\"nosuch\":\"\t\"}",
        "{\"nosuch\":tru}", "{\"@type\":\"x\"}", "{\"[x]\":1}",
    ];

    private static readonly string[] Anything = ["null", "[]", "{}", "[null]", "[[]]", "[{}]", "true", "\"\"", "\"\\u0000\"", "1.5", "-0"];

    private static readonly string[] Numbers =
    [
        "0", "-1", "\"-1\"", "\"abc\"", "\" 1\"", "\"1 \"", "\"1.5\"", "1e0", "\"1e0\"",
        "1e-1", "10e-1", "\"0x1\"", "\"01\"", "1.0", "\"1.0\"", "9223372036854775807",
        "9223372036854775808", "\"18446744073709551615\"", "\"18446744073709551616\"",
        "-9223372036854775809", "1e30", "\"+1\"", "\"Infinity\"",
    ];

    private static readonly string[] Bytes =
        ["\"YQ==\"", "\"YQ\"", "\"YQ=\"", "\"Y\"", "\"!\"", "\"-_\"", "\"+/\"", "\"YQ==\\n\"", "\"\\nY Q\"", "\"é\"", "\"=\"", "97"];

    private static readonly string[] Enums = ["\"NOSUCH\"", "\"none\"", "\"0\"", "\"1\"", "0.0", "1e0", "99999999999", "\"key\"", "1.25"];

    private static readonly string[] Booleans = ["\"true\"", "\"false\"", "0", "1", "True"];

    /// <summary>All of them, as path and body, in an order that is always the same.</summary>
    public static IEnumerable<(string Path, string Body)> All() => Calls.SelectMany(static call =>
        Bodies.Concat(Messages(call.Request, 0)).Select(body => (call.Path, body)));

    private static IEnumerable<string> Messages(MessageDescriptor message, int depth)
    {
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            foreach (string value in Values(field, depth))
            {
                yield return $$"""{"{{field.Name}}":{{value}}}""";
            }

            yield return $$"""{"{{field.JsonName}}":null,"{{field.Name}}":null}""";
            yield return $$"""{"{{field.Name.ToUpperInvariant()}}":5}""";
        }
    }

    /// <summary>Values of a field; those of a list stand in one as well as outside.</summary>
    private static IEnumerable<string> Values(FieldDescriptor field, int depth)
    {
        IEnumerable<string> values = Anything.Concat(Single(field, depth));
        return field.IsRepeated ? values.Concat(values.Select(static value => $"[{value}]")) : values;
    }

    private static IEnumerable<string> Single(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Bool => Booleans,
        FieldType.Bytes => Bytes,
        FieldType.String => ["5", "\"a\"", "\"\\ud800\"", "\"\\u00e9\""],
        FieldType.Enum => Enums,
        FieldType.Message => depth < 1 ? Messages(field.MessageType, depth + 1) : [],
        _ => Numbers,
    };
}
