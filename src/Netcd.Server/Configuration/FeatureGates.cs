namespace Netcd.Server.Configuration;

/// <summary>
/// <c>--feature-gates</c>: features switched on or off by name, <c>Name=true,Other=false</c>; and the flags that some of them had
/// before.
/// </summary>
internal sealed class FeatureGates
{
    private const string Checkpoint = "LeaseCheckpoint";
    private const string CheckpointPersist = "LeaseCheckpointPersist";
    private const string InitialCheck = "InitialCorruptCheck";
    private const string CompactCheck = "CompactHashCheck";
    private const string StopOnDefrag = "StopGRPCServiceOnDefrag";

    /// <summary>etcd's names, and whether etcd has them on.</summary>
    private static readonly Dictionary<string, bool> Known = new(StringComparer.Ordinal)
    {
        ["AllAlpha"] = false,
        ["AllBeta"] = false,
        [StopOnDefrag] = false,
        [InitialCheck] = false,
        [CompactCheck] = false,
        ["TxnModeWriteWithSharedBuffer"] = true,
        [Checkpoint] = false,
        [CheckpointPersist] = false,
        ["SetMemberLocalAddr"] = false,
        ["FastLeaseKeepAlive"] = true,
        ["PriorityRequest"] = false,
    };

    private readonly Dictionary<string, bool> set = new(StringComparer.Ordinal);

    private FeatureGates()
    {
    }

    /// <summary>Whether the time left to leases is noted in the log; null where nobody has decided.</summary>
    public bool? LeaseCheckpoint => set.TryGetValue(Checkpoint, out bool isOn) ? isOn : null;

    /// <summary>Whether a member that starts again compares what it holds with the others.</summary>
    public bool InitialCorruptCheck => IsOn(InitialCheck);

    /// <summary>Whether the leader compares the sums of compactions.</summary>
    public bool CompactHashCheck => IsOn(CompactCheck);

    /// <summary>Reads the gates, and warns of those that have no effect.</summary>
    /// <exception cref="ConfigurationException">A name or a value is none, or one gate lacks another.</exception>
    public static FeatureGates Read(Settings settings, List<string> warnings)
    {
        FeatureGates gates = new();
        foreach (string item in settings.Text("feature-gates")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            gates.Set(item, warnings);
        }

        gates.SetFormer(settings, Checkpoint, "experimental-enable-lease-checkpoint");
        gates.SetFormer(settings, CheckpointPersist, "experimental-enable-lease-checkpoint-persist");
        gates.SetFormer(settings, InitialCheck, "experimental-initial-corrupt-check");
        gates.SetFormer(settings, CompactCheck, "experimental-compact-hash-check-enabled");
        if (gates.IsOn(CheckpointPersist) && !gates.IsOn(Checkpoint))
        {
            throw new ConfigurationException("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint");
        }

        return gates;
    }

    private void Set(string item, List<string> warnings)
    {
        int equals = item.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw new ConfigurationException($"missing bool value for {item}");
        }

        string name = item[..equals].Trim();
        string text = item[(equals + 1)..].Trim();
        if (!FlagText.TryReadBoolean(text, out bool value))
        {
            throw new ConfigurationException($"invalid value of {name}={text}, err: strconv.ParseBool: parsing \"{text}\": invalid syntax");
        }

        if (!Known.TryGetValue(name, out bool usual))
        {
            throw new ConfigurationException($"unrecognized feature gate: {name}");
        }

        set[name] = value;
        if (name == StopOnDefrag)
        {
            if (value)
            {
                warnings.Add($"feature gate {name} has no effect: defragmentation stops nothing");
            }
        }
        else if (value != usual && name is not (Checkpoint or CheckpointPersist or InitialCheck or CompactCheck))
        {
            warnings.Add($"feature gate {name} is not supported yet and has no effect");
        }
    }

    private void SetFormer(Settings settings, string name, string flag)
    {
        if (!settings.IsSet(flag))
        {
            return;
        }

        bool former = settings.Boolean(flag);
        if (set.TryGetValue(name, out bool value))
        {
            throw new ConfigurationException(
                $"cannot specify both flags: --{flag}={Go(former)} and --feature-gates={name}={Go(value)} at the same time, please just "
                    + $"use --feature-gates={name}={Go(value)}");
        }

        set[name] = former;
    }

    private static string Go(bool value) => value ? "true" : "false";

    private bool IsOn(string name) => set.GetValueOrDefault(name);
}
