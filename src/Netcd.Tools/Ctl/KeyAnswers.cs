using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary>How keys and values are written.</summary>
/// <param name="isHex">Each byte as <c>\x0a</c>, in the format for people.</param>
/// <param name="valuesOnly">Values without their keys, there.</param>
internal sealed class KeyAnswers(bool isHex, bool valuesOnly = false)
{
    public Answer Of(RangeResult result) => new()
    {
        Simple = output => Simple(output, result),
        Fields = output => Fields(output, result),
        Message = Messages.Of(result),
    };

    public Answer Of(PutResult result) => new()
    {
        Simple = output => Simple(output, result),
        Fields = output => Fields(output, result),
        Message = Messages.Of(result),
    };

    public Answer Of(DeleteResult result) => new()
    {
        Simple = output => Simple(output, result),
        Fields = output => Fields(output, result),
        Message = Messages.Of(result),
    };

    public Answer Of(TransactionResult result) => new()
    {
        Simple = output => Simple(output, result),
        Fields = output => Fields(output, result),
        Message = Messages.Of(result),
    };

    public void Simple(TextWriter output, KeyValue pair)
    {
        if (!valuesOnly)
        {
            WriteLine(output, pair.Key);
        }

        WriteLine(output, pair.Value);
    }

    public static void Fields(TextWriter output, EtcdHeader header)
    {
        output.WriteLine($"\"ClusterID\" : {header.ClusterId}");
        output.WriteLine($"\"MemberID\" : {header.MemberId}");
        output.WriteLine($"\"Revision\" : {header.Revision}");
        output.WriteLine($"\"RaftTerm\" : {header.RaftTerm}");
    }

    public static void Fields(TextWriter output, KeyValue pair, string prefix = "")
    {
        output.WriteLine($"\"{prefix}Key\" : {ByteText.Quote(pair.Key)}");
        output.WriteLine($"\"{prefix}CreateRevision\" : {pair.CreateRevision}");
        output.WriteLine($"\"{prefix}ModRevision\" : {pair.ModRevision}");
        output.WriteLine($"\"{prefix}Version\" : {pair.Version}");
        output.WriteLine($"\"{prefix}Value\" : {ByteText.Quote(pair.Value)}");
        output.WriteLine($"\"{prefix}Lease\" : {pair.Lease}");
    }

    private void WriteLine(TextWriter output, ReadOnlyMemory<byte> bytes)
    {
        if (isHex)
        {
            output.Write(ByteText.Hex(bytes));
        }
        else
        {
            output.WriteBytes(bytes.Span);
        }

        output.WriteLine();
    }

    private void Simple(TextWriter output, RangeResult result) => SimpleAll(output, result.KeyValues);

    private void Simple(TextWriter output, PutResult result)
    {
        output.WriteLine("OK");
        if (result.Previous is { } previous)
        {
            Simple(output, previous);
        }
    }

    private void Simple(TextWriter output, DeleteResult result)
    {
        output.WriteLine(result.Deleted);
        SimpleAll(output, result.Previous);
    }

    private void Simple(TextWriter output, TransactionResult result)
    {
        output.WriteLine(result.Succeeded ? "SUCCESS" : "FAILURE");
        foreach (OperationResult part in result.Results)
        {
            output.WriteLine();
            (part switch
            {
                { Range: { } range } => Of(range),
                { Put: { } put } => Of(put),
                { Delete: { } delete } => Of(delete),
                _ => Of(part.Transaction!),
            }).Simple(output);
        }
    }

    private void SimpleAll(TextWriter output, IEnumerable<KeyValue> pairs)
    {
        foreach (KeyValue pair in pairs)
        {
            Simple(output, pair);
        }
    }

    private static void Fields(TextWriter output, RangeResult result)
    {
        Fields(output, result.Header);
        FieldsOfAll(output, result.KeyValues, "");
        output.WriteLine($"\"More\" : {(result.HasMore ? "true" : "false")}");
        output.WriteLine($"\"Count\" : {result.Count}");
    }

    private static void Fields(TextWriter output, PutResult result)
    {
        Fields(output, result.Header);
        if (result.Previous is { } previous)
        {
            Fields(output, previous, "Prev");
        }
    }

    private static void Fields(TextWriter output, DeleteResult result)
    {
        Fields(output, result.Header);
        output.WriteLine($"\"Deleted\" : {result.Deleted}");
        FieldsOfAll(output, result.Previous, "Prev");
    }

    private void Fields(TextWriter output, TransactionResult result)
    {
        Fields(output, result.Header);
        output.WriteLine($"\"Succeeded\" : {(result.Succeeded ? "true" : "false")}");
        foreach (OperationResult part in result.Results)
        {
            (part switch
            {
                { Range: { } range } => Of(WithinTransaction(range)),
                { Put: { } put } => Of(put with { Header = Within(put.Header) }),
                { Delete: { } delete } => Of(delete with { Header = Within(delete.Header) }),
                _ => Of(part.Transaction!),
            }).Fields!(output);
        }
    }

    private static RangeResult WithinTransaction(RangeResult range) => range with { Header = Within(range.Header) };

    /// <summary>The parts of a transaction have a header with the revision alone.</summary>
    private static EtcdHeader Within(EtcdHeader header) => new(0, 0, header.Revision, 0);

    private static void FieldsOfAll(TextWriter output, IEnumerable<KeyValue> pairs, string prefix)
    {
        foreach (KeyValue pair in pairs)
        {
            Fields(output, pair, prefix);
        }
    }
}
