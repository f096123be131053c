using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Netcd.Server.Gateway;

/// <summary>
/// Reads messages from JSON as etcd's gateway does: names as in the proto or in camel case, fields that are not known are
/// left out, 64-bit numbers as strings or numbers, bytes in either base64 (<see cref="GoBase64"/>), enums by name or number. The messages
/// for
/// what is wrong are protojson's, with line and column.
/// </summary>
internal ref struct MessageReader
{
    /// <summary>
    /// Messages within messages: transactions nest, and what goes into the log must be readable again with the bound of
    /// 100 that Protobuf's parser has.
    /// </summary>
    private const int MaxMessageDepth = 90;

    /// <summary>What the scanner before this lets through.</summary>
    private const int MaxJsonDepth = 10_001;

    private readonly ReadOnlySpan<byte> text;
    private Utf8JsonReader json;

    private MessageReader(ReadOnlySpan<byte> text)
    {
        this.text = text;
        json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
    }

    /// <summary>Reads the first value of a text into a message; no value at all is an empty message.</summary>
    /// <exception cref="GatewayException">It is not such a message.</exception>
    public static void Read(ReadOnlySpan<byte> text, IMessage message)
    {
        if (JsonScanner.FindValue(text, out ReadOnlySpan<byte> value) is { } error)
        {
            throw new GatewayException(StatusCode.InvalidArgument, error);
        }

        if (!value.IsEmpty)
        {
            ReadValue(value, message);
        }
    }

    /// <summary>Reads a value that the <see cref="JsonScanner"/> has found into a message.</summary>
    /// <exception cref="GatewayException">It is not such a message.</exception>
    public static void ReadValue(ReadOnlySpan<byte> value, IMessage message)
    {
        MessageReader reader = new(value);
        try
        {
            reader.json.Read();
            reader.ReadMessage(message, depth: 1);
        }
        catch (JsonException)
        {
            throw reader.SyntaxError("invalid text", (int)reader.json.BytesConsumed);
        }
    }

    private void ReadMessage(IMessage message, int depth)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw UnexpectedToken();
        }

        if (depth > MaxMessageDepth)
        {
            throw new GatewayException(StatusCode.InvalidArgument, "proto: exceeded max recursion depth");
        }

        HashSet<int> seen = [];
        while (Next() != JsonTokenType.EndObject)
        {
            string name = Text();
            int place = (int)json.TokenStartIndex;
            FieldDescriptor? field = message.Descriptor.FindFieldByName(name) ?? FindByJsonName(message.Descriptor, name);
            if (field is not null && !seen.Add(field.FieldNumber))
            {
                throw Error($"duplicate field {Raw()}", place);
            }

            string raw = field?.RealContainingOneof is null ? "" : Raw();
            Next();
            if (field is null)
            {
                Skip();
            }
            else if (json.TokenType != JsonTokenType.Null)
            {
                if (field.RealContainingOneof is { } oneof && oneof.Accessor.GetCaseFieldDescriptor(message) is not null)
                {
                    throw Error($"error parsing {raw}, oneof {oneof.FullName} is already set", place);
                }

                ReadField(message, field, depth);
            }
        }
    }

    private void ReadField(IMessage message, FieldDescriptor field, int depth)
    {
        if (!field.IsRepeated)
        {
            if (ReadValue(field, depth) is { } value)
            {
                field.Accessor.SetValue(message, value);
            }

            return;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw UnexpectedToken();
        }

        IList values = (IList)field.Accessor.GetValue(message);
        while (Next() != JsonTokenType.EndArray)
        {
            if (ReadValue(field, depth) is { } value)
            {
                values.Add(value);
            }
        }
    }

    /// <summary>Reads a value of the field's type; null for the name of an enum that is not known, which is left out.</summary>
    private object? ReadValue(FieldDescriptor field, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                IMessage message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                ReadMessage(message, depth + 1);
                return message;
            case FieldType.Bool when json.TokenType is JsonTokenType.True or JsonTokenType.False:
                return json.GetBoolean();
            case FieldType.String when json.TokenType == JsonTokenType.String:
                return Text();
            case FieldType.Bytes when json.TokenType == JsonTokenType.String:
                return Base64() ?? throw InvalidValue(field);
            case FieldType.Enum when json.TokenType == JsonTokenType.String:
                return field.EnumType.FindValueByName(Text())?.Number;
            case FieldType.Enum when WholeNumber(int.MinValue, int.MaxValue) is { } number:
                return (int)number;
            case FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 when WholeNumber(int.MinValue, int.MaxValue) is { } number:
                return (int)number;
            case FieldType.UInt32 or FieldType.Fixed32 when WholeNumber(0, uint.MaxValue) is { } number:
                return (uint)number;
            case FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 when WholeNumber(long.MinValue, long.MaxValue) is { } number:
                return (long)number;
            case FieldType.UInt64 or FieldType.Fixed64 when WholeNumber(0, ulong.MaxValue) is { } number:
                return (ulong)number;
            default:
                throw InvalidValue(field);
        }
    }

    /// <summary>The token as a whole number in the bounds, a number or a string with one in it; 1e2 and 1.0 are whole.</summary>
    private decimal? WholeNumber(decimal least, decimal most)
    {
        if (json.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || json.ValueIsEscaped)
        {
            return null;
        }

        ReadOnlySpan<byte> digits = json.ValueSpan;
        if (json.TokenType == JsonTokenType.String)
        {
            // Nothing but a number as JSON has it: no spaces, no plus, no digits missing.
            bool isNumber = !digits.IsEmpty && digits[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9')
                && JsonScanner.FindValue(digits, out ReadOnlySpan<byte> number) is null && number.Length == digits.Length;
            if (!isNumber)
            {
                return null;
            }
        }

        bool isRead = decimal.TryParse(
            digits,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out decimal value);
        return isRead && decimal.IsInteger(value) && value >= least && value <= most ? value : null;
    }

    /// <summary>The bytes of a string in base64; null where it is not one.</summary>
    private ByteString? Base64()
    {
        if (!json.ValueIsEscaped && GoBase64.Decode(json.ValueSpan) is { } bytes)
        {
            return bytes;
        }

        // What is not text is refused as that.
        return GoBase64.Decode(Encoding.UTF8.GetBytes(Text()));
    }

    private static FieldDescriptor? FindByJsonName(MessageDescriptor descriptor, string name)
    {
        foreach (FieldDescriptor field in descriptor.Fields.InDeclarationOrder())
        {
            if (field.JsonName == name)
            {
                return field;
            }
        }

        return null;
    }

    private JsonTokenType Next()
    {
        json.Read();
        return json.TokenType;
    }

    private string Text()
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            int start = (int)json.TokenStartIndex;
            throw JsonStringFault.Describe(text[start..]) is { } fault
                ? SyntaxError(fault, start)
                : new GatewayException(StatusCode.InvalidArgument, "proto: unexpected EOF");
        }
    }

    /// <summary>Passes over a value; its strings must be texts all the same.</summary>
    private void Skip()
    {
        int depth = json.CurrentDepth;
        do
        {
            if (json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                Text();
            }
        }
        while (json.CurrentDepth + (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0) > depth
            && json.Read());
    }

    /// <summary>The token as it was sent; of an array or object only its opening.</summary>
    private string Raw()
    {
        int start = (int)json.TokenStartIndex;
        int quotes = json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0;
        int length = json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : json.ValueSpan.Length + quotes;
        return Encoding.UTF8.GetString(text.Slice(start, length));
    }

    private GatewayException InvalidValue(FieldDescriptor field) =>
        Error($"invalid value for {Kind(field)} field {field.JsonName}: {Raw()}", (int)json.TokenStartIndex);

    private static string Kind(FieldDescriptor field) => field.FieldType.ToString().ToLowerInvariant();

    private GatewayException UnexpectedToken() => SyntaxError("unexpected token " + Raw(), (int)json.TokenStartIndex);

    private GatewayException SyntaxError(string what, int place) =>
        new(StatusCode.InvalidArgument, $"proto: syntax error {Place(place)}: {what}");

    private GatewayException Error(string what, int place) => new(StatusCode.InvalidArgument, $"proto: {Place(place)}: {what}");

    private string Place(int index)
    {
        ReadOnlySpan<byte> before = text[..index];
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - before.LastIndexOf((byte)'\n');
        return string.Create(CultureInfo.InvariantCulture, $"(line {line}:{column})");
    }
}
