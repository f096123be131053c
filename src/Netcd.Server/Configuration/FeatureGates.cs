namespace Netcd.Server.Configuration;

/// <summary>
/// <c>--feature-gates</c>: features switched on or off by name, <c>Name=true,Other=false</c>; and the flags that some of them had
/// before.
/// </summary>
internal sealed class FeatureGates
{
    private readonly Dictionary<string, bool> set = new(StringComparer.Ordinal);

    private FeatureGates()
    {
    }

    /// <summary>Whether the time left to leases is noted in the log; null where nobody has decided.</summary>
    public bool? LeaseCheckpoint => IsDecided(FeatureGate.LeaseCheckpoint) ? IsOn(FeatureGate.LeaseCheckpoint) : null;

    /// <summary>All features as they are switched.</summary>
    public IReadOnlyList<FeatureState> States =>
        [.. FeatureGate.All.Select(gate => new FeatureState(gate.Name, gate.Stage, IsOn(gate.Name)))];

    /// <summary>Reads the gates, and warns of those that have no effect.</summary>
    /// <exception cref="ConfigurationException">A name or a value is none, or one gate lacks another.</exception>
    public static FeatureGates Read(Settings settings, List<string> warnings)
    {
        FeatureGates gates = new();
        foreach (string item in settings.Text("feature-gates")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            gates.Set(item);
        }

        gates.SetFormer(settings, FeatureGate.LeaseCheckpoint, "experimental-enable-lease-checkpoint");
        gates.SetFormer(settings, FeatureGate.LeaseCheckpointPersist, "experimental-enable-lease-checkpoint-persist");
        gates.SetFormer(settings, FeatureGate.InitialCorruptCheck, "experimental-initial-corrupt-check");
        gates.SetFormer(settings, FeatureGate.CompactHashCheck, "experimental-compact-hash-check-enabled");
        gates.SetFormer(settings, FeatureGate.StopOnDefrag, "experimental-stop-grpc-service-on-defrag");
        gates.SetFormer(settings, FeatureGate.SharedBuffer, "experimental-txn-mode-write-with-shared-buffer");
        if (gates.IsOn(FeatureGate.LeaseCheckpointPersist) && !gates.IsOn(FeatureGate.LeaseCheckpoint))
        {
            throw new ConfigurationException("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint");
        }

        warnings.AddRange(FeatureGate.All
            .Where(gate => gate.Fate.Length > 0 && gates.IsOn(gate.Name) != gate.IsUsual)
            .Select(static gate => $"feature gate {gate.Name} has no effect: {gate.Fate}"));
        return gates;
    }

    /// <summary>Whether a feature is on: as it was switched itself, else as all of its stage were, else as in etcd.</summary>
    public bool IsOn(string name)
    {
        FeatureGate gate = Find(name)!;
        return set.TryGetValue(name, out bool own) ? own : set.TryGetValue(AllOf(gate), out bool all) ? all : gate.IsUsual;
    }

    private static FeatureGate? Find(string name) => FeatureGate.All.FirstOrDefault(gate => gate.Name == name);

    private static string AllOf(FeatureGate gate) => gate.Stage == FeatureGate.Alpha ? FeatureGate.AllAlpha : FeatureGate.AllBeta;

    private static string Go(bool value) => value ? "true" : "false";

    private bool IsDecided(string name) => set.ContainsKey(name) || set.ContainsKey(AllOf(Find(name)!));

    private void Set(string item)
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

        set[name] = Find(name) is null ? throw new ConfigurationException($"unrecognized feature gate: {name}") : value;
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
}
