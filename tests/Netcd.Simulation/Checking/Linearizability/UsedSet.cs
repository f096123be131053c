using System.Runtime.InteropServices;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>Which of the operations with an unknown outcome stand in the order that is being tried: a bit for each.</summary>
internal sealed class UsedSet
{
    private readonly Dictionary<Operation, int> places = [];
    private readonly ulong[] bits;

    public UsedSet(IReadOnlyList<Operation> operations)
    {
        for (int i = 0; i < operations.Count; i++)
        {
            places.Add(operations[i], i);
        }

        bits = new ulong[(operations.Count + 63) / 64];
    }

    public bool Contains(Operation operation) => (bits[places[operation] / 64] & Bit(operation)) != 0;

    public void Add(Operation operation) => bits[places[operation] / 64] |= Bit(operation);

    public void Remove(Operation? operation)
    {
        if (operation is not null)
        {
            bits[places[operation] / 64] &= ~Bit(operation);
        }
    }

    /// <summary>The bits as a value that can be compared.</summary>
    public string ToKey() => new(MemoryMarshal.Cast<ulong, char>(bits));

    private ulong Bit(Operation operation) => 1UL << (places[operation] % 64);
}
