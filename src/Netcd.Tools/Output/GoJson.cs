using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Netcd.Tools.Output;

/// <summary>
/// Messages as JSON in the way Go's encoder writes the structures of etcd's API: names as in the .proto files, numbers as numbers however
/// large, bytes in base64, what has no value left out, the choice of a message's variants under a name of its own.
/// </summary>
internal static class GoJson
{
    /// <summary>A message.</summary>
    public static string Of(IMessage message)
    {
        StringBuilder text = new();
        Append(text, message);
        return text.ToString();
    }

    /// <summary>The fields of a message, without the braces around them, to stand among others.</summary>
    public static string FieldsOf(IMessage message) => Of(message)[1..^1];

    /// <summary>A text in quotes.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char character in text)
        {
            string? escaped = character switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => $"\\u{(int)character:x4}",
                _ => null,
            };
            _ = escaped is null ? quoted.Append(character) : quoted.Append(escaped);
        }

        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder text, IMessage message)
    {
        text.Append('{');
        bool isFirst = true;
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            object? value = field.Accessor.GetValue(message);
            if (field.RealContainingOneof is { } choice)
            {
                if (choice.Accessor.GetCaseFieldDescriptor(message) == field)
                {
                    AppendName(text, Capital(choice.Name), ref isFirst);
                    text.Append('{').Append(Quote(field.Name)).Append(':');
                    AppendValue(text, value!);
                    text.Append('}');
                }
            }
            else if (!IsEmpty(value))
            {
                AppendName(text, field.Name, ref isFirst);
                AppendValue(text, value!);
            }
        }

        text.Append('}');
    }

    private static void AppendName(StringBuilder text, string name, ref bool isFirst)
    {
        text.Append(isFirst ? "" : ",").Append(Quote(name)).Append(':');
        isFirst = false;
    }

    private static void AppendValue(StringBuilder text, object value)
    {
        switch (value)
        {
            case IMessage message:
                Append(text, message);
                break;
            case ByteString bytes:
                text.Append('"').Append(bytes.ToBase64()).Append('"');
                break;
            case string plain:
                text.Append(Quote(plain));
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case Enum choice:
                text.Append(Convert.ToInt32(choice, CultureInfo.InvariantCulture));
                break;
            case IList list:
                AppendList(text, list);
                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendList(StringBuilder text, IList list)
    {
        text.Append('[');
        for (int at = 0; at < list.Count; at++)
        {
            text.Append(at == 0 ? "" : ",");
            AppendValue(text, list[at]!);
        }

        text.Append(']');
    }

    private static bool IsEmpty(object? value) => value switch
    {
        null => true,
        IMessage => false,
        ByteString bytes => bytes.IsEmpty,
        string text => text.Length == 0,
        bool flag => !flag,
        Enum choice => Convert.ToInt32(choice, CultureInfo.InvariantCulture) == 0,
        IList list => list.Count == 0,
        _ => Convert.ToDecimal(value, CultureInfo.InvariantCulture) == 0,
    };

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
