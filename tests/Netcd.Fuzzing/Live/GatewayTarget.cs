using System.Net;

namespace Netcd.Fuzzing.Live;

/// <summary>Calls of the JSON gateway: the first byte picks the path, the rest is the body.</summary>
internal sealed class GatewayTarget : IFuzzTarget
{
    private static readonly string[] Paths =
        ["/v3/kv/range", "/v3/kv/put", "/v3/kv/deleterange", "/v3/kv/txn", "/v3/kv/compaction",
            "/v3/maintenance/hash", "/v3/maintenance/status", "/v3/cluster/member/list"];

    private readonly LiveServer server = new();

    public string Name => "gateway";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, .. """{"key":"YQ==","range_end":"Yg==","limit":"10","sort_order":"DESCEND"}"""u8],
        [1, .. """{"key":"YQ==","value":"Yg==","prev_kv":true}"""u8],
        [2, .. """{"key":"AA==","range_end":"AA=="}"""u8],
        [3,
            .. """{"compare":[{"result":"EQUAL","target":"VERSION","key":"YQ==","version":"1"}],"success":[{"requestPut":{"key":"YQ==","value":"Yg=="}}]}"""u8],
        [4, .. """{"revision":"3"}"""u8],
        [5, .. """{"revision":3}"""u8],
    ];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "null", "\"", "{", "}", "[", "]", ",", ":", "\"key\":", "-1", "\\u0000" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    public Verdict Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return Verdict.Refused;
        }

        using HttpResponseMessage answer = server.Post(Paths[input[0] % Paths.Length], input[1..], "application/json", overHttp2: false);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => Verdict.Accepted,
            >= HttpStatusCode.InternalServerError =>
                throw new InvalidDataException($"{answer.StatusCode}: {answer.Content.ReadAsStringAsync().GetAwaiter().GetResult()}"),
            _ => Verdict.Refused,
        };
    }

    public void Dispose() => server.Dispose();
}
