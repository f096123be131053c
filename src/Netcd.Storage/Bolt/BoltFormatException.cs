namespace Netcd.Storage.Bolt;

/// <summary>A file is not what bbolt's format says, or holds damaged pages.</summary>
public sealed class BoltFormatException : Exception
{
    /// <summary>With the file, the page where it is known, and what is wrong there.</summary>
    public BoltFormatException(string path, ulong? page, string problem, Exception? inner = null)
        : base(page is null ? $"{path}: {problem}" : $"{path}: page {page}: {problem}", inner)
    {
        Path = path;
        Page = page;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The page that was found damaged, where it is known.</summary>
    public ulong? Page { get; }
}
