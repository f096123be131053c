using Google.Protobuf;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>Keys are ordered by their bytes.</summary>
internal sealed class ByteOrder : IComparer<ByteString>
{
    public static ByteOrder Instance { get; } = new();

    public int Compare(ByteString? x, ByteString? y) => x!.Span.SequenceCompareTo(y!.Span);
}
