using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Netcd.Server.Gateway;

/// <summary>
/// Writes messages as etcd's gateway does: names as in the proto, no spaces, 64-bit numbers as strings, bytes in base64,
/// enums by name, and nothing of what has its default.
/// </summary>
internal static class MessageWriter
{
    /// <summary>Writes a message.</summary>
    public static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsRepeated)
            {
                WriteList(json, field, (IList)field.Accessor.GetValue(message));
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : !IsDefault(field.Accessor.GetValue(message)))
            {
                json.WritePropertyName(field.Name);
                WriteValue(json, field, field.Accessor.GetValue(message));
            }
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, FieldDescriptor field, IList values)
    {
        if (values.Count == 0)
        {
            return;
        }

        json.WriteStartArray(field.Name);
        foreach (object? value in values)
        {
            WriteValue(json, field, value!);
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case IMessage message:
                Write(json, message);
                break;
            case ByteString bytes:
                json.WriteBase64StringValue(bytes.Span);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case long number:
                WriteQuoted(json, number);
                break;
            case ulong number:
                WriteQuoted(json, number);
                break;
            case uint number:
                json.WriteNumberValue(number);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            default:
                WriteEnum(json, field, value);
                break;
        }
    }

    /// <summary>As a string: not every reader of JSON keeps 64 bits of a number.</summary>
    private static void WriteQuoted<T>(Utf8JsonWriter json, T number)
        where T : IUtf8SpanFormattable
    {
        Span<byte> digits = stackalloc byte[20];
        bool fits = number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        System.Diagnostics.Debug.Assert(fits, "64 bits are at most 20 digits and a sign is in their place");
        json.WriteStringValue(digits[..length]);
    }

    /// <summary>By name; a number that this version has no name for stays a number.</summary>
    private static void WriteEnum(Utf8JsonWriter json, FieldDescriptor field, object value)
    {
        int number = Convert.ToInt32(value, CultureInfo.InvariantCulture);
        if (field.EnumType.FindValueByNumber(number) is { } known)
        {
            json.WriteStringValue(known.Name);
        }
        else
        {
            json.WriteNumberValue(number);
        }
    }

    private static bool IsDefault(object value) => value switch
    {
        ByteString bytes => bytes.IsEmpty,
        string text => text.Length == 0,
        bool truth => !truth,
        long number => number == 0,
        ulong number => number == 0,
        uint number => number == 0,
        int number => number == 0,
        _ => Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0,
    };
}
