namespace Netcd.Engine.Auth;

/// <summary>Orders names by their UTF-8 bytes, which is the order of the backend's buckets and of etcd's lists.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        int shared = x.AsSpan().CommonPrefixLength(y);
        return shared == x!.Length || shared == y!.Length
            ? x.Length.CompareTo(y!.Length)
            : Rank(x[shared]).CompareTo(Rank(y[shared]));
    }

    /// <summary>Halves of a surrogate pair stand for characters beyond all that one unit encodes.</summary>
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
