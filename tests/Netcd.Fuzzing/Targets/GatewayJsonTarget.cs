using System.Text.Json;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Server.Gateway;

namespace Netcd.Fuzzing.Targets;

/// <summary>JSON as the gateway takes it, for every request that the API has; what is read is written and read again.</summary>
internal sealed class GatewayJsonTarget : IFuzzTarget
{
    private static readonly MessageParser[] Requests =
        [.. RangeRequest.Descriptor.File.MessageTypes.Where(static type => type.Name.EndsWith("Request", StringComparison.Ordinal))
            .Select(static type => type.Parser)];

    public string Name => "gateway-json";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"key":"YQ==","range_end":"Yg==","limit":"10","sort_order":"DESCEND","sort_target":"MOD","serializable":true}"""u8.ToArray(),
        """{"compare":[{"result":"EQUAL","target":"VALUE","key":"YQ==","value":"Yg=="}],"success":[{"requestPut":{"key":"YQ==","value":"Yg==","lease":"1"}}],"failure":[{"request_range":{"key":"YQ=="}},{"request_txn":{}}]}"""u8
            .ToArray(),
        """{"create_request":{"key":"YQ==","start_revision":5,"filters":["NOPUT",1],"fragment":null}}"""u8.ToArray(),
        """{"ID":"18446744073709551615","peerURLs":["http://a:1","\u00e4\ud83d\ude00"]}"""u8.ToArray(),
    ];

    public IReadOnlyList<byte[]> Words { get; } =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "\"NaN\"", "1e3", "-1", "1.5",
            "18446744073709551616", "\"\\ud800\"", "\"key\":", "\"rangeEnd\":", "\"ID\":",
            "\"sortOrder\":", "\"lease\":", "\"requestTxn\":{", "\"compare\":[", ",", ":",
            "{", "}", "[", "]", "\"", "\\u0000", "\"targetUnion\":", "\"limit\":\"1\"",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public Verdict Run(byte[] input)
    {
        bool isAny = false;
        foreach (MessageParser parser in Requests)
        {
            IMessage message = Empty(parser);
            try
            {
                MessageReader.Read(input, message);
            }
            catch (GatewayException)
            {
                continue;
            }

            isAny = true;
            ReadAgain(message, parser);
        }

        return isAny ? Verdict.Accepted : Verdict.Refused;
    }

    public void Dispose()
    {
    }

    private static IMessage Empty(MessageParser parser) => parser.ParseFrom([]);

    private static void ReadAgain(IMessage message, MessageParser parser)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            MessageWriter.Write(writer, message);
        }

        IMessage again = Empty(parser);
        MessageReader.Read(stream.ToArray(), again);
        if (!again.ToByteArray().AsSpan().SequenceEqual(message.ToByteArray()))
        {
            throw new InvalidDataException(
                $"{message.Descriptor.Name}: written {System.Text.Encoding.UTF8.GetString(stream.ToArray())}, read again it is another");
        }
    }
}
