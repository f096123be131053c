using System.Collections.Immutable;

namespace Netcd.Engine.Leases;

/// <summary>The keys of a lease as they were at a time. To take them costs the same however many there are.</summary>
public readonly struct AttachedKeys
{
    private readonly byte[]? only;
    private readonly ImmutableSortedSet<byte[]>? many;

    internal AttachedKeys(byte[]? only, ImmutableSortedSet<byte[]>? many) => (this.only, this.many) = (only, many);

    /// <summary>How many there are.</summary>
    public int Count => many?.Count ?? (only is null ? 0 : 1);

    /// <summary>Finds a key for which something holds; null where it holds for none.</summary>
    public T? FirstOrDefault<T>(Func<byte[], T?> find)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(find);
        if (only is not null)
        {
            return find(only);
        }

        foreach (byte[] key in many ?? [])
        {
            if (find(key) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
