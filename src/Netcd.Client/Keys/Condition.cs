using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>How what a key has is compared with what is given.</summary>
public enum Comparison
{
    /// <summary>It is the same.</summary>
    Equal = 0,

    /// <summary>It is larger.</summary>
    Greater = 1,

    /// <summary>It is smaller.</summary>
    Less = 2,

    /// <summary>It is not the same.</summary>
    NotEqual = 3,
}

/// <summary>A condition of a transaction. Of a range it must hold for each of its keys.</summary>
public sealed class Condition
{
    private Condition(Compare compare) => Compare = compare;

    internal Compare Compare { get; }

    internal Condition Within(KeyPrefix prefix) => new(prefix.Add(Compare));

    /// <summary>The key does not exist.</summary>
    public static Condition IsAbsent(KeyRange keys) => CreateRevision(keys, Comparison.Equal, 0);

    /// <summary>The key exists.</summary>
    public static Condition Exists(KeyRange keys) => CreateRevision(keys, Comparison.NotEqual, 0);

    /// <summary>How often the key was put; 0 if it does not exist.</summary>
    public static Condition Version(KeyRange keys, Comparison comparison, long version)
    {
        Compare compare = Of(keys, comparison, Compare.Types.CompareTarget.Version);
        compare.Version = version;
        return new Condition(compare);
    }

    /// <summary>The revision at which the key came into being; 0 if it does not exist.</summary>
    public static Condition CreateRevision(KeyRange keys, Comparison comparison, long revision)
    {
        Compare compare = Of(keys, comparison, Compare.Types.CompareTarget.Create);
        compare.CreateRevision = revision;
        return new Condition(compare);
    }

    /// <summary>The revision of the key's last change; 0 if it does not exist.</summary>
    public static Condition ModRevision(KeyRange keys, Comparison comparison, long revision)
    {
        Compare compare = Of(keys, comparison, Compare.Types.CompareTarget.Mod);
        compare.ModRevision = revision;
        return new Condition(compare);
    }

    /// <summary>The lease that the key hangs on; 0 if on none.</summary>
    public static Condition Lease(KeyRange keys, Comparison comparison, long lease)
    {
        Compare compare = Of(keys, comparison, Compare.Types.CompareTarget.Lease);
        compare.Lease = lease;
        return new Condition(compare);
    }

    /// <summary>The key's value. It never holds for a key that does not exist.</summary>
    public static Condition Value(KeyRange keys, Comparison comparison, ReadOnlyMemory<byte> value)
    {
        Compare compare = Of(keys, comparison, Compare.Types.CompareTarget.Value);
        compare.Value = value.ToBytes();
        return new Condition(compare);
    }

    /// <inheritdoc cref="Value(KeyRange, Comparison, ReadOnlyMemory{byte})"/>
    public static Condition Value(KeyRange keys, Comparison comparison, string value) =>
        Value(keys, comparison, System.Text.Encoding.UTF8.GetBytes(value));

    private static Compare Of(KeyRange keys, Comparison comparison, Compare.Types.CompareTarget target) => new()
    {
        Key = keys.Start.ToBytes(),
        RangeEnd = keys.End.ToBytes(),
        Result = (Compare.Types.CompareResult)comparison,
        Target = target,
    };
}
