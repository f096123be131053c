namespace Netcd.Tools.CommandLine;

/// <summary>A flag of a command: how it is called, and the value that it was given.</summary>
/// <param name="name">What stands behind two dashes.</param>
/// <param name="usage">What it is for.</param>
internal abstract class CommandFlag(string name, string usage)
{
    public string Name { get; } = name;

    public string Usage { get; } = usage;

    /// <summary>A letter that may stand behind one dash in the name's place.</summary>
    public char? Shorthand { get; init; }

    /// <summary>Whether the command cannot do without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether the help does not mention it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>What a shell offers as its value; null for files.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Whether its value is a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Whether it was given.</summary>
    public bool IsGiven { get; private set; }

    /// <summary>Whether its value is nobody's business.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Its value as a text.</summary>
    public abstract string ValueText { get; }

    /// <summary>What kind of value it takes, as the help says it; empty where it needs none.</summary>
    public abstract string ValueName { get; }

    /// <summary>What the help says of its default; null where it goes without saying.</summary>
    public abstract string? ShownDefault { get; }

    /// <summary>What stands behind its name where its default is assigned to it.</summary>
    public abstract string Assigned { get; }

    /// <summary>Its value where it is given without one; null where it must have one.</summary>
    public virtual string? ImpliedValue => null;

    /// <summary>Gives it a value.</summary>
    /// <exception cref="UsageException">The value is none for it.</exception>
    public void Set(string text)
    {
        if (Read(text) is { } fault)
        {
            string called = Shorthand is { } letter ? $"-{letter}, --{Name}" : $"--{Name}";
            throw new UsageException($"invalid argument {GoText.Quote(text)} for \"{called}\" flag: {fault}");
        }

        IsGiven = true;
    }

    /// <summary>Takes a value.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    protected abstract string? Read(string text);
}
