using System.Net;
using System.Text.Json;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// Calls of the JSON gateway: the first byte picks the path in its lower five bits and whose token is sent in the others, the rest is the
/// body.
/// </summary>
internal sealed class GatewayTarget(LivePort port) : IFuzzTarget
{
    private const int TokenBit = 5;
    private const byte AsUser = 1 << TokenBit;
    private const byte AsRoot = 2 << TokenBit;

    private static readonly string[] Paths =
        ["/v3/kv/range", "/v3/kv/put", "/v3/kv/deleterange", "/v3/kv/txn", "/v3/kv/compaction",
            "/v3/maintenance/hash", "/v3/maintenance/status", "/v3/cluster/member/list", "/v3/auth/authenticate", "/v3/auth/status",
            "/v3/auth/user/add", "/v3/auth/user/grant", "/v3/auth/role/grant", "/v3/lease/grant", "/v3/lease/keepalive", "/v3/watch"];

    private readonly LiveServer server = new(port);

    public string Name => port.NameOf("gateway");

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, .. """{"key":"YQ==","range_end":"Yg==","limit":"10","sort_order":"DESCEND"}"""u8],
        [1, .. """{"key":"YQ==","value":"Yg==","prev_kv":true}"""u8],
        [2, .. """{"key":"AA==","range_end":"AA=="}"""u8],
        [3,
            .. """{"compare":[{"result":"EQUAL","target":"VERSION","key":"YQ==","version":"1"}],"success":[{"requestPut":{"key":"YQ==","value":"Yg=="}}]}"""u8],
        [4, .. """{"revision":"3"}"""u8],
        [5, .. """{"revision":3}"""u8],
        [8, .. """{"name":"fuzz","password":"secret-fuzz"}"""u8],
        [9, .. "{}"u8],
        [AsUser | 0, .. """{"key":"YQ==","range_end":"Yg=="}"""u8],
        [AsUser | 1, .. """{"key":"YQ==","value":"Yg==","lease":"7"}"""u8],
        [AsUser | 13, .. """{"TTL":"3","ID":"7"}"""u8],
        [AsUser | 14, .. """{"ID":"7"}"""u8],
        [AsUser | 15, .. """{"create_request":{"key":"YQ==","start_revision":"1"}}"""u8],
        [AsRoot | 2, .. """{"key":"AA==","range_end":"AA=="}"""u8],
        [AsRoot | 10, .. """{"name":"x","password":"y","options":{"no_password":true}}"""u8],
        [AsRoot | 11, .. """{"user":"x","role":"letters"}"""u8],
        [AsRoot | 12, .. """{"name":"letters","perm":{"permType":"READ","key":"eA==","range_end":"AA=="}}"""u8],
    ];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "null", "\"", "{", "}", "[", "]", ",", ":", "\"key\":", "-1", "\\u0000" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    public Verdict Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return Verdict.Refused;
        }

        using HttpResponseMessage answer = server.Post(
            Paths[input[0] % (1 << TokenBit) % Paths.Length], input[1..], overHttp2: false, token: (byte)(input[0] >> TokenBit));
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            return Verdict.Accepted;
        }

        // A stream that nobody ends goes on until its time is over. What etcd does not expect has the code of a fault in JSON, too.
        string text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        return answer.StatusCode is < HttpStatusCode.InternalServerError or HttpStatusCode.GatewayTimeout
            || KnownErrors.UnexpectedTexts.Any(known => text.Contains(JsonEncodedText.Encode(known).Value, StringComparison.Ordinal))
            ? Verdict.Refused
            : throw new InvalidDataException($"{answer.StatusCode}: {text}");
    }

    public void Dispose() => server.Dispose();
}
