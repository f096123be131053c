using System.Text;
using System.Text.Json;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>The parts of a JSON text.</summary>
internal sealed class JsonTokens(byte[] text) : DocumentTokens
{
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 16 });
    private int consumed;
    private int start;

    public override (long Line, long Column) Position => PositionOf(text, start);

    public override void Next()
    {
        Utf8JsonReader reader = new(text.AsSpan(consumed), isFinalBlock: true, state);
        try
        {
            Take(ref reader);
        }
        catch (JsonException broken)
        {
            throw FaultAt(((broken.LineNumber ?? 0) + 1, (broken.BytePositionInLine ?? 0) + 1), WithoutPlace(broken.Message));
        }
    }

    /// <summary>The line and the column, both from 1 on, of a byte; columns count bytes, as compilers do.</summary>
    public static (long Line, long Column) PositionOf(ReadOnlySpan<byte> text, int at)
    {
        ReadOnlySpan<byte> before = text[..at];
        return (before.Count((byte)'\n') + 1, at - (before.LastIndexOf((byte)'\n') + 1) + 1);
    }

    private void Take(ref Utf8JsonReader reader)
    {
        bool isRead = reader.Read();
        start = consumed + (int)reader.TokenStartIndex;
        Kind = !isRead ? TokenKind.End : reader.TokenType switch
        {
            JsonTokenType.StartObject => TokenKind.SectionStart,
            JsonTokenType.EndObject => TokenKind.SectionEnd,
            JsonTokenType.StartArray => TokenKind.ListStart,
            JsonTokenType.EndArray => TokenKind.ListEnd,
            JsonTokenType.PropertyName or JsonTokenType.String => TokenKind.Text,
            _ => TokenKind.Literal,
        };
        Text = Kind switch
        {
            TokenKind.Text => TextOf(ref reader),
            TokenKind.Literal => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => "",
        };
        consumed += (int)reader.BytesConsumed;
        state = reader.CurrentState;
    }

    private string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault("half of a surrogate pair stands for no character");
        }
    }

    /// <summary>The reader's message without its own words about where that is.</summary>
    private static string WithoutPlace(string message)
    {
        int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (place < 0 ? message : message[..place]).TrimEnd('.');
    }
}
