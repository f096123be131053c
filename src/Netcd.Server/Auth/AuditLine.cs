using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Netcd.Server.Auth;

/// <summary>Writes records as lines of JSON into memory that each thread uses again. A line has a bound, whatever a caller sends.</summary>
#pragma warning disable CA1001 // It holds nothing but memory, for as long as its thread lives.
internal sealed class AuditLine
#pragma warning restore CA1001
{
    /// <summary>Bytes of a key that are logged; <c>key_length</c> says how long it is where it is longer.</summary>
    private const int MaxKeyBytes = 4_096;

    /// <summary>Bytes of a name or an error that are logged.</summary>
    private const int MaxTextBytes = 1_024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static AuditLine? ofThread;

    private readonly ArrayBufferWriter<byte> buffer = new(1_024);
    private readonly Utf8JsonWriter writer;

    private AuditLine() => writer = new Utf8JsonWriter(buffer, Options);

    /// <summary>The line with its end, valid until the thread writes the next one.</summary>
    public static ReadOnlySpan<byte> Of(in AuditRecord record)
    {
        AuditLine line = Begin(record.Time);
        line.Text("user"u8, record.User);
        line.Text("address"u8, record.Address);
        line.Text("certificate"u8, record.CertificateName);
        line.Text("method"u8, record.Method);
        line.Text("target"u8, record.Target);
        line.Key("key"u8, "key_base64"u8, "key_length"u8, record.Key);
        line.Key("range_end"u8, "range_end_base64"u8, "range_end_length"u8, record.RangeEnd);
        line.Text("code"u8, record.Code);
        line.Text("error"u8, record.Error);
        if (record.Revision != 0)
        {
            line.writer.WriteNumber("revision"u8, record.Revision);
        }

        if (record.AuthRevision != 0)
        {
            line.writer.WriteNumber("auth_revision"u8, record.AuthRevision);
        }

        return line.End();
    }

    /// <summary>The line that stands where others could not be written.</summary>
    public static ReadOnlySpan<byte> OfDropped(DateTimeOffset time, long count)
    {
        AuditLine line = Begin(time);
        line.writer.WriteNumber("dropped"u8, count);
        return line.End();
    }

    private static AuditLine Begin(DateTimeOffset time)
    {
        AuditLine line = ofThread ??= new AuditLine();
        line.buffer.ResetWrittenCount();
        line.writer.Reset();
        line.writer.WriteStartObject();
        line.writer.WriteString("time"u8, time.UtcDateTime);
        return line;
    }

    private ReadOnlySpan<byte> End()
    {
        writer.WriteEndObject();
        writer.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private void Text(ReadOnlySpan<byte> name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            // In UTF-8 first: what is no Unicode is replaced, and what is too long is cut between two characters.
            Span<byte> bytes = stackalloc byte[MaxTextBytes];
            _ = Utf8.FromUtf16(text, bytes, out _, out int written, replaceInvalidSequences: true);
            writer.WriteString(name, bytes[..written]);
        }
    }

    private void Key(ReadOnlySpan<byte> name, ReadOnlySpan<byte> base64Name, ReadOnlySpan<byte> lengthName, ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> logged = key[..Math.Min(key.Length, MaxKeyBytes)];
        if (IsPrintable(logged))
        {
            writer.WriteString(name, logged);
        }
        else
        {
            writer.WriteBase64String(base64Name, logged);
        }

        if (logged.Length < key.Length)
        {
            writer.WriteNumber(lengthName, key.Length);
        }
    }

    /// <summary>Whether it is text that a terminal shows as it is.</summary>
    private static bool IsPrintable(ReadOnlySpan<byte> key)
    {
        if (!key.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return true;
        }

        while (!key.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(key, out Rune rune, out int length) != OperationStatus.Done || !IsPrintable(rune))
            {
                return false;
            }

            key = key[length..];
        }

        return true;
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);
}
