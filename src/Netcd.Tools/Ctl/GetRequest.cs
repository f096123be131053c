using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>The flags of <c>get</c>, and what they ask for; also a line of <c>txn</c>.</summary>
internal sealed class GetRequest
{
    private readonly TextFlag consistency = new("consistency", "Linearizable(l) or Serializable(s)", "l");
    private readonly TextFlag order = new("order", "Order of results; ASCEND or DESCEND (ASCEND by default)");
    private readonly TextFlag sortBy = new("sort-by", "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION");
    private readonly NumberFlag limit = new("limit", "Maximum number of results");
    private readonly BooleanFlag prefix = new("prefix", "Get keys with matching prefix");

    private readonly BooleanFlag fromKey =
        new("from-key", "Get keys that are greater than or equal to the given key using byte compare");

    private readonly NumberFlag revision = new("rev", "Specify the kv revision");
    private readonly BooleanFlag keysOnly = new("keys-only", "Get only the keys");
    private readonly BooleanFlag countOnly = new("count-only", "Get only the count");
    private readonly NumberFlag minCreateRevision = new("min-create-rev", "Minimum create revision");
    private readonly NumberFlag maxCreateRevision = new("max-create-rev", "Maximum create revision");
    private readonly NumberFlag minModRevision = new("min-mod-rev", "Minimum modification revision");
    private readonly NumberFlag maxModRevision = new("max-mod-rev", "Maximum modification revision");
    private readonly BooleanFlag stream = new("stream", "Use the RangeStream RPC");

    /// <summary>Whether values stand without their keys.</summary>
    public BooleanFlag ValuesOnly { get; } = new("print-value-only", "Only write values when using the \"simple\" output format");

    public bool IsCountOnly => countOnly.Value;

    public IReadOnlyList<CommandFlag> Flags =>
    [
        consistency, order, sortBy, limit, prefix, fromKey, revision, keysOnly, countOnly, ValuesOnly, minCreateRevision,
        maxCreateRevision, minModRevision, maxModRevision, stream,
    ];

    /// <summary>What is asked for.</summary>
    /// <exception cref="CommandFailure">Arguments or flags do not go together.</exception>
    public (KeyRange Range, RangeOptions Options) Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
        {
            throw Bad("get command needs one argument as key and an optional argument as range_end");
        }

        if (keysOnly.Value && countOnly.Value)
        {
            throw Bad("`--keys-only` and `--count-only` cannot be set at the same time, choose one");
        }

        return (KeyArguments.Range(arguments, prefix.Value, fromKey.Value), Options());
    }

    private RangeOptions Options() => new()
    {
        Serializable = consistency.Value switch
        {
            "l" => false,
            "s" => true,
            _ => throw new CommandFailure(ExitCodes.BadFeature, $"unknown consistency flag {GoText.Quote(consistency.Value)}"),
        },
        Limit = limit.Value,
        Revision = Math.Max(0, revision.Value),
        Descending = order.Value.ToUpperInvariant() switch
        {
            "" or "ASCEND" => false,
            "DESCEND" => true,
            _ => throw new CommandFailure(ExitCodes.BadFeature, $"bad sort order {order.Value}"),
        },
        SortBy = sortBy.Value.ToUpperInvariant() switch
        {
            "" or "KEY" => SortBy.Key,
            "CREATE" => SortBy.CreateRevision,
            "MODIFY" => SortBy.ModRevision,
            "VALUE" => SortBy.Value,
            "VERSION" => SortBy.Version,
            _ => throw new CommandFailure(ExitCodes.BadFeature, $"bad sort target {sortBy.Value}"),
        },
        KeysOnly = keysOnly.Value,
        CountOnly = countOnly.Value,
        MinCreateRevision = minCreateRevision.Value,
        MaxCreateRevision = maxCreateRevision.Value,
        MinModRevision = minModRevision.Value,
        MaxModRevision = maxModRevision.Value,
        Streamed = stream.Value,
    };

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
