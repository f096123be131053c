using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Server.Gateway;

namespace Netcd.Server.Tests.Gateway;

/// <summary>Bytes in JSON: what etcd takes for base64, and for which bytes.</summary>
public sealed class Base64Tests(GatewayServer server, RealEtcd etcd) : IClassFixture<GatewayServer>, IClassFixture<RealEtcd>
{
    /// <summary>As many puts as a transaction may have.</summary>
    private const int MaxTxnOps = 128;

    /// <summary>Whole and broken texts of both alphabets, into which the table puts characters at every place.</summary>
    private static readonly string[] Texts =
    [
        "", "Z", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zg==", "Zm8=", "Zm9v=",
        "Zm9vYmE=", "Zg=", "Zg===", "====", "Zh==", "Zm9=", "Zm", "+/+/", "-_-_",
        "+_-/", "+w==", "-w==", "-w", "_x8=", "/x8", "Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9v-_8=", "Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9v+/8=",
    ];

    private static readonly string[] Insertions =
        ["\n", "\r", "\r\n", "\n\n\n\n", " ", "\t", "\f", "=", "\n=", ".", "\0", "é", "€", "\u2028"];

    [Theory]
    [InlineData("", "")]
    [InlineData("\n", "")]
    [InlineData("Zm9v\n", "foo")]
    [InlineData("Zm9v\r\n", "foo")]
    [InlineData("\nZm\r9v", "foo")]
    [InlineData("Zg\n\n", null)]
    [InlineData("Zg\n", "f")]
    [InlineData("Zg==\n", null)]
    [InlineData("Zg==\n\n\n\n", "f")]
    [InlineData("Zg=\n\n\n\n=", "f")]
    [InlineData("Z\n\n\ng\n==", "f")]
    [InlineData("Zg=", null)]
    [InlineData("Zh==", "f")]
    [InlineData("Zm9v Zm9", null)]
    [InlineData("Zm9v\tZm9", null)]
    [InlineData("Pz8_Pz8_", "??????")]
    [InlineData("Pz8/Pz8/", "??????")]
    [InlineData("Pz8_Pz8/", null)]
    [InlineData("Zg==Zg==", null)]
    [InlineData("Z===", null)]
    [InlineData("Z", null)]
    public void Line_breaks_are_passed_over_and_count_when_padding_is_judged(string text, string? expected) =>
        Assert.Equal(expected, GoBase64.Decode(Encoding.UTF8.GetBytes(text))?.ToStringUtf8());

    [Fact]
    public void Any_bytes_come_back_from_both_alphabets_padded_or_not_and_in_lines()
    {
        Random random = new(9);
        for (int length = 0; length < 200; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            string standard = Convert.ToBase64String(bytes);
            string lines = string.Join("\n\n\n\n", standard.Chunk(28).Select(line => new string(line)));
            foreach (string text in new[] { standard, standard.TrimEnd('='), standard.Replace('+', '-').Replace('/', '_'), lines })
            {
                Assert.Equal(bytes, GoBase64.Decode(Encoding.UTF8.GetBytes(text))?.ToByteArray());
            }
        }
    }

    [Fact]
    public void Every_field_of_bytes_in_every_message_is_read_so()
    {
        int fields = 0;
        FileDescriptor[] files = [KeyValue.Descriptor.File, RangeRequest.Descriptor.File,
            LockRequest.Descriptor.File, LeaderKey.Descriptor.File];
        foreach (FieldDescriptor field in files.SelectMany(file => file.MessageTypes).SelectMany(type => type.Fields.InDeclarationOrder()))
        {
            if (field.FieldType == FieldType.Bytes)
            {
                IMessage message = field.ContainingType.Parser.ParseFrom(ByteString.Empty);
                string value = field.IsRepeated ? "[\"Zm\\n9v\\n\"]" : "\"Zm\\n9v\\n\"";
                MessageReader.Read(Encoding.UTF8.GetBytes($$"""{"{{field.Name}}":{{value}}}"""), message);
                object read = field.Accessor.GetValue(message);
                Assert.Equal(ByteString.CopyFromUtf8("foo"), field.IsRepeated ? ((System.Collections.IList)read)[0] : read);
                fields++;
            }
        }

        Assert.True(fields > 20, $"only {fields} fields");
    }

    [Fact]
    public async Task Every_text_of_a_generated_table_is_taken_or_refused_as_by_etcd()
    {
        HttpClient real = await etcd.ClientAsync();
        List<string> differences = [];
        List<string> taken = [];
        foreach (string value in Values())
        {
            string body = $$"""{"key":"YQ==","range_end":{{value}}}""";
            (int Status, string Message) expected = await PostAsync(real, "kv/range", body);
            (int Status, string Message) actual = await PostAsync(server.Client, "kv/range", body);
            if (expected != actual)
            {
                differences.Add($"{value}\n  etcd  {expected}\n  netcd {actual}");
            }

            if (actual.Status == 200)
            {
                taken.Add(value);
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(taken.Count > 200, $"only {taken.Count} texts are taken");
        foreach (string[] part in taken.Chunk(MaxTxnOps))
        {
            Assert.Equal(await StoredAsync(real, part), await StoredAsync(server.Client, part));
        }
    }

    [Theory]
    [InlineData("kv/put", """{"key":"Yg==#","value":"Zm9v#"}""")]
    [InlineData("kv/range", """{"key":"Yg==#","range_end":"Yw==#"}""")]
    [InlineData("kv/txn",
        """{"compare":[{"key":"Yg==#","target":"VALUE","value":"Zm9v#","range_end":"Yw#"}],"success":[{"request_range":{"key":"Yg#"}}]}""")]
    [InlineData(
        "kv/txn",
        """{"failure":[{"request_put":{"key":"Yg==#","value":"YQ==#"}}],"success":[{"request_txn":{"success":[{"request_range":{"key":"Yg==#"}}]}}]}""")]
    [InlineData("kv/deleterange", """{"key":"Yg==#","range_end":"Yw==#","prev_kv":true}""")]
    [InlineData("lock/unlock", """{"key":"Yg==#"}""")]
    [InlineData("lock/lock", """{"name":"Yg=#"}""")]
    [InlineData("election/leader", """{"name":"Yg==#"}""")]
    [InlineData("election/campaign", """{"name":"Yg=#","value":"Yw==#"}""")]
    [InlineData("election/proclaim", """{"leader":{"name":"Yg==#","key":"Yw==#","rev":"1","lease":"9"},"value":"YQ#"}""")]
    [InlineData("election/resign", """{"leader":{"name":"Yg==#","key":"Yw==#","rev":"1","lease":"9"}}""")]
    public async Task Every_path_answers_line_breaks_as_etcd_does(string path, string template)
    {
        HttpClient real = await etcd.ClientAsync();
        foreach (string breaks in new[] { """\n""", """\r\n""", """\n\n\n""", """\u000a\n\r\r""", " " })
        {
            // A call that would wait or stay open is sent broken alone: what is asked is how its bytes are read.
            string body = template.Replace("#", breaks, StringComparison.Ordinal);
            Assert.Equal(await PostAsync(real, path, body), await PostAsync(server.Client, path, body));
        }
    }

    private static IEnumerable<string> Values()
    {
        HashSet<string> texts = [.. Texts];
        foreach (string text in Texts)
        {
            for (int place = 0; place <= text.Length; place++)
            {
                foreach (string inserted in Insertions)
                {
                    texts.Add(text.Insert(place, inserted));
                }
            }
        }

        IEnumerable<string> quoted = texts.Select(text => "\"" + JsonEncodedText.Encode(text) + "\"");
        return quoted.Concat(
        [
            "null", "5", "1.5", "true", "[]", "[102]", "{}", "\"\\/\\/\\/\\/\"",
            "\"\\u005am9v\"", "\"Zg\\u003d\\u003d\"", "\"Zm9v\\ud800\"", "\"Zm9v\\q\"",
        ]);
    }

    /// <summary>What a server holds of the values: all are put in one transaction and read back.</summary>
    private static async Task<string[]> StoredAsync(HttpClient client, string[] values)
    {
        IEnumerable<string> puts = values.Select((value, index) =>
            $$$"""{"request_put":{"key":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"k{index:000}"))}}}","value":{{{value}}}}}""");
        string body = $$"""{"success":[{{string.Join(',', puts)}}]}""";
        Assert.Equal((200, ""), await PostAsync(client, "kv/txn", body));
        using StringContent all = new("""{"key":"azAwMA==","range_end":"bA=="}""");
        Reply reply = await Reply.FromAsync(await client.PostAsync("/v3/kv/range", all));
        return [.. reply.Json["kvs"]!.AsArray().Select(pair => $"{pair!["key"]}={pair["value"]}")];
    }

    /// <summary>The status and what an error says, without the spaces that Go puts in at its whim.</summary>
    private static async Task<(int Status, string Message)> PostAsync(HttpClient client, string path, string body)
    {
        using ByteArrayContent content = new(Encoding.UTF8.GetBytes(body));
        Reply reply = await Reply.FromAsync(await client.PostAsync("/v3/" + path, content));
        JsonObject first = JsonNode.Parse(reply.Body.Split('\n')[0])!.AsObject();
        string message = first["message"]?.ToString() ?? first["error"]?.ToJsonString() ?? "";
        return (reply.Status, message.Replace('\u00A0', ' '));
    }
}
