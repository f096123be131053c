using System.Globalization;
using System.Text;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Requests;

/// <summary>
/// A request as a line of the log has it, in the form in which Go prints a message: without values, of which only their sizes are
/// said, and without passwords and tokens. It is cut off where it is long.
/// </summary>
public static class RequestText
{
    private const int MostCharacters = 2_000;
    private const string CutOff = "...";

    /// <summary>A request of the log.</summary>
    public static string Of(InternalRaftRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        StringBuilder text = new();
        text.Append("header:<");
        Number(text, "ID", (long)(request.Header?.ID ?? 0));
        String(text, "username", request.Header?.Username ?? "");
        Number(text, "auth_revision", (long)(request.Header?.AuthRevision ?? 0));
        text.Append("> ");
        Add(text, request);
        return Limited(text);
    }

    /// <summary>A range.</summary>
    public static string Of(RangeRequest request) => Text(request, Add);

    /// <summary>A put.</summary>
    public static string Of(PutRequest request) => Text(request, Add);

    /// <summary>A deletion.</summary>
    public static string Of(DeleteRangeRequest request) => Text(request, Add);

    /// <summary>A transaction.</summary>
    public static string Of(TxnRequest request) => Text(request, Add);

    private static string Text<T>(T request, Action<StringBuilder, T> add)
    {
        ArgumentNullException.ThrowIfNull(request);
        StringBuilder text = new();
        add(text, request);
        return Limited(text);
    }

    private static void Add(StringBuilder text, InternalRaftRequest request)
    {
        switch (request)
        {
            case { Put: { } put }:
                Nested(text, "put", () => Add(text, put), end: ">");
                break;
            case { DeleteRange: { } deletion }:
                Nested(text, "delete_range", () => Add(text, deletion));
                break;
            case { Txn: { } txn }:
                Nested(text, "txn", () => Add(text, txn), end: ">");
                break;
            case { Compaction: { } compaction }:
                Nested(text, "compaction", () =>
                {
                    Number(text, "revision", compaction.Revision);
                    Flag(text, "physical", compaction.Physical);
                });
                break;
            case { LeaseGrant: { } grant }:
                text.Append(CultureInfo.InvariantCulture, $"lease_grant:<ttl:{grant.TTL}-second id:{grant.ID:x16}>");
                break;
            case { LeaseRevoke: { } revoke }:
                text.Append(CultureInfo.InvariantCulture, $"lease_revoke:<id:{revoke.ID:x16}>");
                break;
            default:
                text.Append(Metering.ApplyOperations.Names[Metering.ApplyOperations.Of(request)]);
                break;
        }
    }

    private static void Add(StringBuilder text, PutRequest put)
    {
        Bytes(text, "key", put.Key);
        Number(text, "value_size", put.Value.Length);
        Number(text, "lease", put.Lease);
        Flag(text, "prev_kv", put.PrevKv);
        Flag(text, "ignore_value", put.IgnoreValue);
        Flag(text, "ignore_lease", put.IgnoreLease);
    }

    private static void Add(StringBuilder text, DeleteRangeRequest deletion)
    {
        Bytes(text, "key", deletion.Key);
        Bytes(text, "range_end", deletion.RangeEnd);
        Flag(text, "prev_kv", deletion.PrevKv);
    }

    private static void Add(StringBuilder text, RangeRequest range)
    {
        Bytes(text, "key", range.Key);
        Bytes(text, "range_end", range.RangeEnd);
        Number(text, "limit", range.Limit);
        Number(text, "revision", range.Revision);
        Name(text, "sort_order", (int)range.SortOrder, ["NONE", "ASCEND", "DESCEND"]);
        Name(text, "sort_target", (int)range.SortTarget, ["KEY", "VERSION", "CREATE", "MOD", "VALUE"]);
        Flag(text, "serializable", range.Serializable);
        Flag(text, "keys_only", range.KeysOnly);
        Flag(text, "count_only", range.CountOnly);
        Number(text, "min_mod_revision", range.MinModRevision);
        Number(text, "max_mod_revision", range.MaxModRevision);
        Number(text, "min_create_revision", range.MinCreateRevision);
        Number(text, "max_create_revision", range.MaxCreateRevision);
    }

    private static void Add(StringBuilder text, TxnRequest txn)
    {
        List(text, "compare", txn.Compare, compare => Add(text, compare), end: "> ");
        List(text, "success", txn.Success, operation => Add(text, operation), end: "> ");
        List(text, "failure", txn.Failure, operation => Add(text, operation), end: ">");
    }

    private static void Add(StringBuilder text, Compare compare)
    {
        Name(text, "result", (int)compare.Result, ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"]);
        Name(text, "target", (int)compare.Target, ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"]);
        Bytes(text, "key", compare.Key);
        switch (compare.TargetUnionCase)
        {
            case Compare.TargetUnionOneofCase.Value:
                Number(text, "value_size", compare.Value.Length);
                break;
            case Compare.TargetUnionOneofCase.Version:
                Always(text, "version", compare.Version);
                break;
            case Compare.TargetUnionOneofCase.CreateRevision:
                Always(text, "create_revision", compare.CreateRevision);
                break;
            case Compare.TargetUnionOneofCase.ModRevision:
                Always(text, "mod_revision", compare.ModRevision);
                break;
            case Compare.TargetUnionOneofCase.Lease:
                Always(text, "lease", compare.Lease);
                break;
        }

        Bytes(text, "range_end", compare.RangeEnd);
    }

    private static void Add(StringBuilder text, RequestOp operation)
    {
        switch (operation.RequestCase)
        {
            case RequestOp.RequestOneofCase.RequestPut:
                Nested(text, "request_put", () => Add(text, operation.RequestPut), end: ">");
                break;
            case RequestOp.RequestOneofCase.RequestTxn:
                Nested(text, "request_txn", () => Add(text, operation.RequestTxn), end: ">");
                break;
            case RequestOp.RequestOneofCase.RequestRange:
                Nested(text, "request_range", () => Add(text, operation.RequestRange));
                break;
            case RequestOp.RequestOneofCase.RequestDeleteRange:
                Nested(text, "request_delete_range", () => Add(text, operation.RequestDeleteRange));
                break;
        }
    }

    private static void List<T>(StringBuilder text, string name, IReadOnlyList<T> items, Action<T> add, string end)
    {
        text.Append(name).Append(":<");
        for (int i = 0; i < items.Count && text.Length <= MostCharacters; i++)
        {
            text.Append(i > 0 ? " " : "");
            add(items[i]);
        }

        text.Append(end);
    }

    private static void Nested(StringBuilder text, string name, Action add, string end = "> ")
    {
        text.Append(name).Append(":<");
        add();
        text.Append(end);
    }

    private static void Number(StringBuilder text, string name, long number)
    {
        if (number != 0)
        {
            Always(text, name, number);
        }
    }

    private static void Always(StringBuilder text, string name, long number) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}:{number} ");

    private static void Flag(StringBuilder text, string name, bool isOn) => text.Append(isOn ? name + ":true " : "");

    private static void Name(StringBuilder text, string name, int value, ReadOnlySpan<string> names)
    {
        if (value != 0)
        {
            string said = value > 0 && value < names.Length ? names[value] : value.ToString(CultureInfo.InvariantCulture);
            text.Append(name).Append(':').Append(said).Append(' ');
        }
    }

    private static void String(StringBuilder text, string name, string value) => Bytes(text, name, ByteString.CopyFromUtf8(value));

    /// <summary>In quotes; what is no printable character of ASCII as Go's printer of messages escapes it.</summary>
    private static void Bytes(StringBuilder text, string name, ByteString bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        text.Append(name).Append(":\"");
        foreach (byte one in bytes.Span[..Math.Min(bytes.Length, MostCharacters)])
        {
            _ = one switch
            {
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'"' => text.Append("\\\""),
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7f => text.Append((char)one),
                _ => text.Append('\\').Append(Convert.ToString(one, 8).PadLeft(3, '0')),
            };
        }

        text.Append("\" ");
    }

    private static string Limited(StringBuilder text) =>
        text.Length <= MostCharacters ? text.ToString() : text.ToString(0, MostCharacters) + CutOff;
}
