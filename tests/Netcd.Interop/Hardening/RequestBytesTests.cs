using Netcd.Interop.Processes;
using Netcd.Interop.Transport;

namespace Netcd.Interop.Hardening;

/// <summary>Requests whose bytes are no proper message: both servers refuse the same ones, in the same words (L1, L6).</summary>
public sealed class RequestBytesTests
{
    private const string Key = "0a0161";

    private static readonly (string Name, string Bytes)[] Messages =
    [
        ("a length of 2^63", "0a80808080808080808001"),
        ("a length of 2^63 and one", "0a8180808080808080800161"),
        ("a length of 2^32 and one", "0a818080801061"),
        ("a length of 2^31", "0a8080808008"),
        ("a length in more bytes than it needs", "0a818080808080808000" + "61"),
        ("a length in eleven bytes", "0a8180808080808080808000" + "61"),
        ("a length of 2^63 behind a key", Key + "1280808080808080808001"),
        ("a length of 2^63 in a field that nobody knows", Key + "aa0680808080808080808001"),
        ("a length of 2^32 in a field that nobody knows", Key + "aa068080808010"),
        ("a tag beyond 2^32", Key + "8a808080100161"),
        ("field zero", Key + "0000"),
        ("a known field of another type", Key + "0801"),
        ("wire type 6 of a known field", Key + "0e"),
        ("wire type 7 of an unknown field", Key + "a706"),
        ("the end of no group", Key + "0c"),
        ("an unknown group", Key + "a306a406"),
        ("groups within groups", Key + "a306ab06ac06a406"),
        ("a group that does not end", Key + "a306"),
        ("a number in eleven bytes", Key + "188080808080808080808001"),
        ("a number that is cut off", Key + "18ff"),
        ("an unknown field", Key + "f20603616263"),
    ];

    private static readonly (string Name, string Bytes)[] Transactions =
    [
        ("a length of 2^63 two levels down", "120d120b0a80808080808080808001"),
        ("a key that ends behind its put", "120612040a056161"),
        ("wire type 6 two levels down", "1203120106"),
        ("a proper one", "120712050a0161" + "1200"),
    ];

    [Fact]
    public async Task L6_requests_of_odd_bytes_are_taken_and_refused_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        using HttpClient etcd = RawCall.Open(pair.Etcd);
        using HttpClient netcd = RawCall.Open(pair.Netcd);
        List<string> differences = [];
        foreach ((string method, string name, string bytes) in
            Messages.Select(static message => ("Put", message.Name, message.Bytes))
                .Concat(Transactions.Select(static txn => ("Txn", txn.Name, txn.Bytes))))
        {
            RawCall call = new("/etcdserverpb.KV/" + method, RawCall.Frame(Convert.FromHexString(bytes)));
            RawAnswer expected = await call.SendAsync(etcd);
            RawAnswer answer = await call.SendAsync(netcd);
            if ((expected.Status, expected.Message) != (answer.Status, answer.Message))
            {
                differences.Add($"{method}, {name}: etcd {expected.Status} {expected.Message}, netcd {answer.Status} {answer.Message}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    /// <summary>Whoever passes requests on may take a length that is written oddly for another one, and so another part of the bytes for
    /// the next request.</summary>
    [Fact]
    public async Task L6_lengths_of_bodies_that_are_no_plain_numbers_are_refused_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string> differences = [];
        foreach (string length in (string[])[
            "14", "+14", "-14", "014", "0000000000000000000000014", "14 ", "+0", "-0", "0x0e",
            "0e", "14.0", "1e1", "1_4", "1,4", "14, 14", "14;", "14a", "a", "--14", "+", "-",
            "9223372036854775808", "18446744073709551630", "-9223372036854775808",
            "99999999999999999999999999", "\u00b2", "1\u00b2", "\u00a014"])
        {
            string request =
                $"POST /v3/kv/range HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                    + $"{{\"key\":\"YQ==\"}}";
            string expected = (await RawHttp.AskAsync(pair.Etcd, request)).Split("\r\n")[0];
            string answer = (await RawHttp.AskAsync(pair.Netcd, request)).Split("\r\n")[0];
            if (expected != answer)
            {
                differences.Add($"{length}: etcd {expected}, netcd {answer}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public async Task M7_chunks_that_are_cut_wrongly_are_refused_in_the_words_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string> differences = [];
        foreach (string path in (string[])["kv/put", "lease/grant", "maintenance/snapshot"])
        {
            foreach (string chunks in (string[])["zz\r\n{\"k", "5\r\n{\"key\r\nzz\r\n",
                "-5\r\n{\"k", "5\r\n{\"keyXX5\r\n", "ffffffffffffffffff\r\n{\"k"])
            {
                string request = $"POST /v3/{path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}";
                string expected = Told(await RawHttp.AskAsync(pair.Etcd, request));
                string answer = Told(await RawHttp.AskAsync(pair.Netcd, request));
                if (expected != answer)
                {
                    differences.Add($"{path} {chunks}: etcd {expected}, netcd {answer}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    /// <summary>The status and the body; etcd puts spaces into its JSON.</summary>
    private static string Told(string answer) =>
        answer.Split("\r\n")[0] + " " + answer.Split("\r\n\r\n")[^1].Replace("\", \"", "\",\"", StringComparison.Ordinal)
            .Replace(", \"", ",\"", StringComparison.Ordinal);
}
