namespace Netcd.Engine.Auth;

/// <summary>That a user may write all keys that a lease had at a time, and the keys that it was given since.</summary>
/// <param name="Table">Users and roles by which that was found.</param>
/// <param name="User">The user.</param>
internal sealed record CheckedKeys(AuthTable Table, string User)
{
    /// <summary>Beyond so many keys it is simpler to look at all of them again.</summary>
    private const int MaxSince = 1_000;

    /// <summary>Keys attached since, each perhaps more than once.</summary>
    public List<byte[]> Since { get; } = [];

    /// <summary>Notes a key; false where there are too many.</summary>
    public bool TryAdd(byte[] key)
    {
        if (Since.Count >= MaxSince)
        {
            return false;
        }

        Since.Add(key);
        return true;
    }
}
