using System.Globalization;
using System.Text;
using Netcd.Client;
using Netcd.Tools.Ctl.Transfer;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>What is exported is what is imported; and what is no export is refused with its place.</summary>
public sealed class ExportTests
{
    private static readonly byte[][] Samples =
    [
        [], [0], [0xff, 0xfe], "plain"u8.ToArray(), "line\nline\r\n\ttab \"quoted\" \\ back"u8.ToArray(),
        "ü 😀 \u2028 \ufeff \u0085"u8.ToArray(),
        "yes"u8.ToArray(), "null"u8.ToArray(), "- a: b # c"u8.ToArray(), " spaces "u8.ToArray(), "\x1b[2J"u8.ToArray(),
        Encoding.UTF8.GetBytes("\ufffe\uffff"), Encoding.UTF8.GetBytes(new string('x', 100_000)), "\ud7ff\ue000"u8.ToArray(),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_key_and_value_comes_back_as_it_was(bool isYaml)
    {
        KeyValue[] keys = [.. Samples.Select(static (value, n) => new KeyValue(Key(value, n), value, 1, 1, 1, n % 2))];
        ExportFile read = ExportParser.Parse(Export(isYaml, keys));
        Assert.Equal((12, "p", true), (read.Revision, Encoding.UTF8.GetString(read.Prefix!), read.IsWhole));
        Assert.Equal(
            keys.Select(static key => (Hex(key.Key.Span), Hex(key.Value.Span), key.Lease != 0)).Order(),
            read.Keys.Select(static key => (Hex(key.Key), Hex(key.Value), key.HasLease)).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_bytes_come_back_as_they_were(bool isYaml)
    {
        Random random = new(3);
        for (int run = 0; run < 200; run++)
        {
            byte[] value = new byte[random.Next(20)];
            random.NextBytes(value);
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5).Select(_ => Character(random))));
            byte[] first = [(byte)'p', .. value], second = [(byte)'p', (byte)'p', .. text];
            KeyValue[] keys = [new(first, text, 1, 1, 1, 0), new(second, value, 1, 1, 1, 0)];
            IReadOnlyList<ExportedKey> read = ExportParser.Parse(Export(isYaml, keys)).Keys;
            Assert.Equal(
                keys.Select(static key => (Hex(key.Key.Span), Hex(key.Value.Span))).Order(),
                read.Select(static key => (Hex(key.Key), Hex(key.Value))).Order());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_export_without_keys_is_one(bool isYaml) => Assert.Empty(ExportParser.Parse(Export(isYaml, [])).Keys);

    [Fact]
    public void What_was_cut_off_is_no_whole_export()
    {
        KeyValue[] keys = [.. Enumerable.Range(0, 5).Select(static n => new KeyValue(Key([], n), "v"u8.ToArray(), 1, 1, 1, 0))];
        foreach (bool isYaml in (bool[])[false, true])
        {
            byte[] whole = Export(isYaml, keys);
            for (int length = 0; length < whole.Length - (isYaml ? 2 : 2); length++)
            {
                byte[] part = whole[..length];
                try
                {
                    Assert.False(ExportParser.Parse(part).IsWhole, Encoding.UTF8.GetString(part));
                }
                catch (DocumentException)
                {
                    // Refused: that is the usual case.
                }
            }
        }
    }

    [Theory]
    [InlineData("", 1, 1, "must consist of names and values")]
    [InlineData("{\"keys\": [\n {\"key\": 5, \"value\": \"\"}]}", 2, 10, "this must be a text")]
    [InlineData("{\"keys\": [{\"key\": \"a\", \"value\": \"\\ud800\"}]}", 1, 33, "half of a surrogate pair")]
    [InlineData("{\"keys\": [{\"key\": \"a\"}]}", 1, 11, "the key has no value")]
    [InlineData("{\"keys\": [{\"key\": \"\", \"value\": \"\"}]}", 1, 11, "must not be empty")]
    [InlineData("{\"keys\": [{\"key\": \"a\", \"keyBase64\": \"YQ==\", \"value\": \"\"}]}", 1, 24, "given before")]
    [InlineData("{\"keys\": [{\"keyBase64\": \"?\", \"value\": \"\"}]}", 1, 25, "no base64")]
    [InlineData("{\"keys\": [{\"key\": \"a\", \"ttl\": \"\"}]}", 1, 24, "no such part")]
    [InlineData("{\"keys\": [],\n\"count\": 2}", 2, 10, "says 2 keys")]
    [InlineData("{\"keys\": []} {", 1, 14, "")]
    [InlineData("{\"keys\": [", 1, 11, "")]
    [InlineData("{\"format\": \"other/9\", \"keys\": []}", 1, 12, "must be netcd-export/1")]
    [InlineData("{\"prefix\": \"a/\", \"keys\": [{\"key\": \"b\", \"value\": \"\"}]}", 1, 27, "does not begin with")]
    [InlineData("keys:\n- key: a\n  value: b\n- key: a\n  value: c\n", 4, 3, "there twice; first at line 2")]
    [InlineData("keys:\n- key: \"a\n", 2, 8, "")]
    [InlineData("keys: &all []\n", 1, 7, "anchors")]
    [InlineData("keys: *all\n", 1, 7, "anchors")]
    [InlineData("revision: x\nkeys: []\n", 1, 11, "must be a number")]
    [InlineData("revision: 1\nrevision: 1\nkeys: []\n", 2, 1, "given before")]
    [InlineData("just a text\n", 1, 1, "must consist of names and values")]
    public void What_is_no_export_is_refused_with_line_and_column(string text, long line, long column, string why)
    {
        DocumentException refused = Assert.Throws<DocumentException>(() => ExportParser.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal((line, column), (refused.Line, refused.Column));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_line_and_column()
    {
        DocumentException refused = Assert.Throws<DocumentException>(() => ExportParser.Parse([.. "keys:\n- k"u8, 0xff]));
        Assert.Equal((2, 4), (refused.Line, refused.Column));
    }

    private static string Character(Random random) => random.Next(4) switch
    {
        0 => char.ConvertFromUtf32(random.Next(0x10000, 0x110000)),
        1 => ((char)random.Next(0x20)).ToString(),
        2 => ((char)random.Next(0x20, 0x100)).ToString(),
        _ => ((char)random.Next(0x100, 0xd800)).ToString(),
    };

    private static byte[] Key(byte[] value, int number) =>
        [(byte)'p', .. value.Take(40), .. Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    private static byte[] Export(bool isYaml, KeyValue[] keys)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ExportWriter writer = isYaml ? new YamlExport(output) : new JsonExport(output);
        writer.Begin(12, "p");
        Array.ForEach(keys, writer.Add);
        Assert.Equal(keys.Length, writer.End());
        return Encoding.UTF8.GetBytes(output.ToString());
    }
}
