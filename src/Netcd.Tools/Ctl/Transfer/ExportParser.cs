using System.Globalization;
using System.Text;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>Reads an export, and checks all of it.</summary>
internal sealed class ExportParser
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly DocumentTokens tokens;
    private readonly List<(ExportedKey Key, (long Line, long Column) Position)> keys = [];
    private long revision;
    private byte[]? prefix;
    private (long Keys, (long Line, long Column) Position)? count;
    private bool hasKeys;

    private ExportParser(DocumentTokens tokens) => this.tokens = tokens;

    /// <summary>Reads JSON where the text begins with a brace, else YAML.</summary>
    /// <exception cref="DocumentException">It is no export.</exception>
    public static ExportFile Parse(byte[] bytes)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        byte[] text = bytes.AsSpan().StartsWith(mark) ? bytes[mark.Length..] : bytes;
        bool isJson = text.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8);
        return new ExportParser(isJson ? new JsonTokens(Checked(text)) : new YamlTokens(Strict.GetString(Checked(text)))).Parse();
    }

    private static byte[] Checked(byte[] text)
    {
        ReadOnlySpan<byte> rest = text;
        while (!rest.IsEmpty && Rune.DecodeFromUtf8(rest, out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            rest = rest[length..];
        }

        return rest.IsEmpty
            ? text
            : throw DocumentTokens.FaultAt(JsonTokens.PositionOf(text, text.Length - rest.Length), "these bytes are no UTF-8");
    }

    private ExportFile Parse()
    {
        tokens.Next();
        ReadSection("the export", ReadPart);
        if (tokens.Kind != TokenKind.End)
        {
            throw tokens.Fault("nothing may stand behind the export");
        }

        if (!hasKeys)
        {
            throw tokens.Fault($"'{ExportNames.Keys}' is missing");
        }

        if (count is { } said && said.Keys != keys.Count)
        {
            throw DocumentTokens.FaultAt(said.Position, $"'{ExportNames.Count}' says {said.Keys} keys, but there are {keys.Count}");
        }

        return new ExportFile(revision, prefix, Sorted(), count is not null);
    }

    private List<ExportedKey> Sorted()
    {
        keys.Sort(static (left, right) => left.Key.Key.AsSpan().SequenceCompareTo(right.Key.Key) is var order and not 0
            ? order
            : left.Position.CompareTo(right.Position));
        for (int at = 1; at < keys.Count; at++)
        {
            if (keys[at].Key.Key.AsSpan().SequenceEqual(keys[at - 1].Key.Key))
            {
                throw DocumentTokens.FaultAt(keys[at].Position, $"the key is there twice; first at line {keys[at - 1].Position.Line}");
            }
        }

        if (prefix is { } common && keys.Find(found => !found.Key.Key.AsSpan().StartsWith(common)) is { Key: not null } other)
        {
            throw DocumentTokens.FaultAt(other.Position, $"the key does not begin with the '{ExportNames.Prefix}' of the export");
        }

        return [.. keys.Select(static found => found.Key)];
    }

    private void ReadPart(string name)
    {
        switch (name)
        {
            case ExportNames.Format:
                string format = ReadText();
                if (format != ExportFile.Format)
                {
                    throw tokens.Fault($"'{ExportNames.Format}' must be {ExportFile.Format}");
                }

                break;
            case ExportNames.Revision:
                revision = ReadNumber();
                break;
            case ExportNames.Prefix:
                prefix = Encoding.UTF8.GetBytes(ReadText());
                break;
            case ExportNames.Count:
                count = (ReadNumber(), tokens.Position);
                break;
            case ExportNames.Keys:
                ReadKeys();
                return;
            default:
                throw tokens.Fault("an export has no such part");
        }

        tokens.Next();
    }

    private void ReadKeys()
    {
        hasKeys = true;
        tokens.Next();
        if (tokens.Kind != TokenKind.ListStart)
        {
            throw tokens.Fault($"'{ExportNames.Keys}' must be a list");
        }

        tokens.Next();
        while (tokens.Kind != TokenKind.ListEnd)
        {
            ReadKey();
        }

        tokens.Next();
    }

    private void ReadKey()
    {
        (long, long) position = tokens.Position;
        byte[]? key = null, value = null;
        bool hasLease = false;
        ReadSection("a key", name =>
        {
            switch (name)
            {
                case ExportNames.Key or ExportNames.Key + ExportNames.Base64:
                    key = ReadBytes(name, key);
                    break;
                case ExportNames.Value or ExportNames.Value + ExportNames.Base64:
                    value = ReadBytes(name, value);
                    break;
                case ExportNames.Lease:
                    hasLease = ReadText().Length > 0;
                    break;
                default:
                    throw tokens.Fault("a key has no such part");
            }

            tokens.Next();
        });
        if (key is not { Length: > 0 } || value is null)
        {
            throw DocumentTokens.FaultAt(position, key is null ? "the key has no name"
                : value is null ? "the key has no value" : "a key must not be empty");
        }

        keys.Add((new ExportedKey(key, value, hasLease), position));
    }

    private byte[] ReadBytes(string name, byte[]? before)
    {
        if (before is not null)
        {
            throw tokens.Fault("this was given before");
        }

        string text = ReadText();
        if (!name.EndsWith(ExportNames.Base64, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw tokens.Fault("this is no base64");
        }
    }

    /// <summary>Reads names, and what stands behind each.</summary>
    private void ReadSection(string what, Action<string> readValue)
    {
        if (tokens.Kind != TokenKind.SectionStart)
        {
            throw tokens.Fault($"{what} must consist of names and values");
        }

        HashSet<string> seen = [];
        tokens.Next();
        while (tokens.Kind != TokenKind.SectionEnd)
        {
            string name = tokens.Kind == TokenKind.Text ? tokens.Text : throw tokens.Fault("a name is missing");
            if (!seen.Add(name))
            {
                throw tokens.Fault("this was given before");
            }

            readValue(name);
        }

        tokens.Next();
    }

    private string ReadText()
    {
        tokens.Next();
        return tokens.Kind == TokenKind.Text ? tokens.Text : throw tokens.Fault("this must be a text");
    }

    private long ReadNumber()
    {
        tokens.Next();
        return tokens.Kind is TokenKind.Text or TokenKind.Literal
            && long.TryParse(tokens.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw tokens.Fault("this must be a number");
    }
}
