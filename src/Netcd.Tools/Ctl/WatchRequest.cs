using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>The flags of <c>watch</c>, and what they ask for; also a line of an interactive session.</summary>
/// <param name="environment">Where keys may stand.</param>
internal sealed class WatchRequest(Func<string, string?> environment)
{
    /// <summary>What is said where there is no key.</summary>
    public const string BadNumber = "bad number of arguments";

    private const string KeyVariable = "ETCDCTL_WATCH_KEY";
    private const string EndVariable = "ETCDCTL_WATCH_RANGE_END";

    private readonly BooleanFlag prefix = new("prefix", "Watch on a prefix if prefix is set");
    private readonly NumberFlag revision = new("rev", "Revision to start watching");
    private readonly BooleanFlag previous = new("prev-kv", "get the previous key-value pair before the event happens");
    private readonly BooleanFlag progress = new("progress-notify", "get periodic watch progress notification from server");

    public IReadOnlyList<CommandFlag> Flags => [prefix, revision, previous, progress];

    /// <summary>Whether the server is to say now and then how far it is.</summary>
    public bool HasProgress => progress.Value;

    /// <summary>Whether a key stands in the environment.</summary>
    public bool HasKeyOutside => KeyOutside.Length > 0;

    /// <summary>How to watch.</summary>
    public WatchOptions Options => new()
    {
        StartRevision = Math.Max(0, revision.Value),
        PreviousValues = previous.Value,
        Progress = progress.Value,
        RequireLeader = true,

        // As etcdctl's: one that is started before the cluster waits for it.
        BeginTimeout = Timeout.InfiniteTimeSpan,
        Created = true,
    };

    private string KeyOutside => environment(KeyVariable) ?? "";

    private string EndOutside => environment(EndVariable) ?? "";

    /// <summary>Checks what stands in the environment.</summary>
    /// <exception cref="CommandFailure">It is not enough.</exception>
    public void CheckEnvironment()
    {
        if (!HasKeyOutside && EndOutside.Length > 0)
        {
            throw Bad($"{KeyVariable} is empty but got {EndVariable}={GoText.Quote(EndOutside)}");
        }
    }

    /// <summary>The key, or the key and the end of its range: arguments, or in the environment.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="program">What is run for each change; null for nothing.</param>
    /// <exception cref="CommandFailure">There are too many or too few.</exception>
    public IReadOnlyList<string> Keys(IReadOnlyList<string> arguments, IReadOnlyList<string>? program)
    {
        if (program is { Count: 0 })
        {
            throw Bad($"{BadNumber} (found separator --, but no commands)");
        }

        if (HasKeyOutside && arguments.Count > 0)
        {
            throw Bad($"{BadNumber} (found conflicting environment key)");
        }

        string[] outside = EndOutside.Length > 0 ? [KeyOutside, EndOutside] : [KeyOutside];
        return HasKeyOutside ? outside : arguments.Count > 0 || program is not null ? arguments : throw Bad(BadNumber);
    }

    /// <summary>The keys to watch.</summary>
    /// <exception cref="CommandFailure">There is none, or the flags do not go with them.</exception>
    public KeyRange Range(IReadOnlyList<string> keys) => keys.Count switch
    {
        0 => throw Bad(BadNumber),
        2 when prefix.Value => throw Bad("`range_end` and `--prefix` are mutually exclusive"),
        2 => KeyArguments.Range(keys, prefix: false, fromKey: false),
        _ => KeyArguments.Range([keys[0]], prefix.Value, fromKey: false),
    };

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
