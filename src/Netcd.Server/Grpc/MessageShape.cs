using System.Buffers;
using System.Globalization;
using Google.Protobuf.Reflection;

namespace Netcd.Server.Grpc;

/// <summary>
/// Checks the bytes of a message as etcd's parsers do, which refuse what Google.Protobuf lets pass: a known field of another wire
/// type, wire types that do not exist in fields that nobody knows, and lengths beyond 2^32, which it takes modulo 2^32.
/// </summary>
/// <remarks>Hot path: one look at each field, no allocation. Budget: 90 ns for a Put with a lease.</remarks>
internal sealed class MessageShape
{
    /// <summary>Google.Protobuf's bound, which it refuses what is beyond at.</summary>
    private const int MaxNesting = 100;
    private const int LongestNumber = 10;
    private const string EndsEarly = "unexpected EOF";

    private readonly string name;
    private readonly Field?[] fields;

    private MessageShape(MessageDescriptor type, Dictionary<MessageDescriptor, MessageShape> known)
    {
        known.Add(type, this);
        name = type.Name;
        IList<FieldDescriptor> declared = type.Fields.InDeclarationOrder();
        fields = new Field?[declared.Count == 0 ? 0 : declared.Max(static field => field.FieldNumber) + 1];
        foreach (FieldDescriptor field in declared)
        {
            MessageShape? content = field.FieldType != FieldType.Message ? null
                : known.TryGetValue(field.MessageType, out MessageShape? shape) ? shape
                : new MessageShape(field.MessageType, known);
            fields[field.FieldNumber] = new Field(field.PropertyName, WireTypeOf(field.FieldType), field.IsRepeated, content);
        }
    }

    /// <summary>The shape of a type's messages.</summary>
    public static MessageShape Of(MessageDescriptor type) => new(type, []);

    /// <summary>What is wrong with a message, in the words of etcd's parsers; null where nothing is.</summary>
    public string? Fault(in ReadOnlySequence<byte> message)
    {
        SequenceReader<byte> reader = new(message);
        return Fault(ref reader, message.Length, 0);
    }

    private string? Fault(ref SequenceReader<byte> reader, long end, int depth)
    {
        while (reader.Consumed < end)
        {
            if (ReadNumber(ref reader, end, out ulong tag) is { } fault)
            {
                return fault;
            }

            WireType wire = (WireType)(tag & 7);
            int number = (int)(uint)(tag >> 3);
            if (wire == WireType.EndGroup || number <= 0)
            {
                return wire == WireType.EndGroup ? $"proto: {name}: wiretype end group for non-group"
                    : string.Create(CultureInfo.InvariantCulture, $"proto: {name}: illegal tag {number} (wire type {(int)wire})");
            }

            Field? field = number < fields.Length ? fields[number] : null;
            if (field is not null && wire != field.Wire && !(field.IsRepeated && wire == WireType.Bytes && field.Wire == WireType.Number))
            {
                return string.Create(CultureInfo.InvariantCulture, $"proto: wrong wireType = {(int)wire} for field {field.Name}");
            }

            if ((wire == WireType.Group ? SkipGroup(ref reader, end) : Skip(ref reader, end, wire, field?.Content, depth)) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }

    /// <summary>Goes over a field, and into it where it is a message.</summary>
    private static string? Skip(ref SequenceReader<byte> reader, long end, WireType wire, MessageShape? content, int depth)
    {
        ulong length;
        switch (wire)
        {
            case WireType.Number:
                return ReadNumber(ref reader, end, out _);
            case WireType.Fixed64:
                length = sizeof(ulong);
                break;
            case WireType.Fixed32:
                length = sizeof(uint);
                break;
            case WireType.Bytes:
                if (ReadNumber(ref reader, end, out length) is { } fault)
                {
                    return fault;
                }

                break;
            default:
                return string.Create(CultureInfo.InvariantCulture, $"proto: illegal wireType {(int)wire}");
        }

        if (length > (ulong)(end - reader.Consumed))
        {
            return length > long.MaxValue ? "proto: negative length found during unmarshaling" : EndsEarly;
        }

        if (content is not null && depth < MaxNesting)
        {
            return content.Fault(ref reader, reader.Consumed + (long)length, depth + 1);
        }

        reader.Advance((long)length);
        return null;
    }

    /// <summary>Goes over a group that nobody knows, and all groups in it.</summary>
    private static string? SkipGroup(ref SequenceReader<byte> reader, long end)
    {
        for (int open = 1; open > 0;)
        {
            if (reader.Consumed >= end)
            {
                return EndsEarly;
            }

            if (ReadNumber(ref reader, end, out ulong tag) is { } fault)
            {
                return fault;
            }

            WireType wire = (WireType)(tag & 7);
            if (wire is WireType.Group or WireType.EndGroup)
            {
                open += wire == WireType.Group ? 1 : -1;
            }
            else if (Skip(ref reader, end, wire, null, 0) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }

    private static string? ReadNumber(ref SequenceReader<byte> reader, long end, out ulong number)
    {
        number = 0;
        for (int i = 0; i < LongestNumber; i++)
        {
            if (reader.Consumed >= end || !reader.TryRead(out byte next))
            {
                return EndsEarly;
            }

            number |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                return null;
            }
        }

        return "proto: integer overflow";
    }

    private static WireType WireTypeOf(FieldType type) => type switch
    {
        FieldType.String or FieldType.Bytes or FieldType.Message => WireType.Bytes,
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireType.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireType.Fixed32,
        FieldType.Group => WireType.Group,
        _ => WireType.Number,
    };

    private enum WireType
    {
        Number = 0,
        Fixed64 = 1,
        Bytes = 2,
        Group = 3,
        EndGroup = 4,
        Fixed32 = 5,
    }

    private sealed record Field(string Name, WireType Wire, bool IsRepeated, MessageShape? Content);
}
