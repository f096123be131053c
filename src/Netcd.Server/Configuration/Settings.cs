using System.Diagnostics;
using Netcd.Engine.Membership;
using Netcd.Engine.Text;

namespace Netcd.Server.Configuration;

/// <summary>Checked texts of the flags that were set, and the defaults of the others.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    /// <summary>The names of the flags that were set.</summary>
    public IEnumerable<string> Names => texts.Keys;

    /// <summary>Sets a flag; the text must have been checked. What is set twice holds the later text.</summary>
    public void Set(Flag flag, string text) => texts[flag.Name] = text;

    /// <summary>Whether the flag was set under that very name.</summary>
    public bool IsSet(string name) => texts.ContainsKey(name);

    /// <summary>The flag's text: as set, else as set under its former name, else the default.</summary>
    public string Text(string name) => texts.GetValueOrDefault(name)
        ?? texts.GetValueOrDefault("experimental-" + name)
        ?? FlagTable.Find(name)!.Default;

    /// <summary>The flag as a boolean.</summary>
    public bool Boolean(string name)
    {
        bool isRead = FlagText.TryReadBoolean(Text(name), out bool value);
        Debug.Assert(isRead, "texts are checked when they are set");
        return value;
    }

    /// <summary>The flag as a number that is not negative; one of 32 bits too.</summary>
    public ulong Count(string name)
    {
        string? error = GoNumber.TryReadUnsigned(Text(name), out ulong value);
        Debug.Assert(error is null, "texts are checked when they are set");
        return value;
    }

    /// <summary>The flag as a number.</summary>
    public long Number(string name)
    {
        string? error = GoNumber.TryReadSigned(Text(name), out long value);
        Debug.Assert(error is null, "texts are checked when they are set");
        return value;
    }

    /// <summary>The flag as a duration.</summary>
    public TimeSpan Duration(string name)
    {
        bool isRead = GoDuration.TryParse(Text(name), out TimeSpan value);
        Debug.Assert(isRead, "texts are checked when they are set");
        return value;
    }

    /// <summary>The flag as URLs.</summary>
    public IReadOnlyList<MemberUrl> Urls(string name)
    {
        string? error = MemberUrl.TryParseList(Text(name), out IReadOnlyList<MemberUrl> urls);
        Debug.Assert(error is null, "texts are checked when they are set");
        return urls;
    }

    /// <summary>The flag as texts, equal ones once.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. Text(name).Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>The flag as texts in the order in which they were set, empty ones among them; none where it was not set.</summary>
    public IReadOnlyList<string> List(string name) => IsSet(name) ? Text(name).Split(',') : [];
}
