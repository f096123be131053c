namespace Netcd.Storage.Bolt;

/// <summary>A file is not what bbolt's format says, or holds damaged pages.</summary>
public sealed class BoltFormatException : Exception
{
    internal BoltFormatException(string path, ulong? page, string problem)
        : base(page is null ? $"{path}: {problem}" : $"{path}: page {page}: {problem}")
    {
        Path = path;
        Page = page;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The page that was found damaged, where it is known.</summary>
    public ulong? Page { get; }
}
