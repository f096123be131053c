namespace Netcd.Server.Configuration;

/// <summary>How the text of a setting is read. Whole numbers may be written as Go writes them: 0x10, 0b1, 1_000.</summary>
internal enum FlagKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Texts between commas.</summary>
    Texts,

    /// <summary>true or false; on the command line the name alone means true.</summary>
    Switch,

    /// <summary>A whole number that is not negative.</summary>
    Count,

    /// <summary>A whole number that is not negative and has 32 bits.</summary>
    Count32,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A number with a unit, such as 100ms; in a file a whole number of nanoseconds.</summary>
    Duration,

    /// <summary>URLs between commas.</summary>
    Urls,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>A flag of long ago: taken with any value, and means nothing.</summary>
    Ignored,
}

/// <summary>What netcd does with a flag of etcd.</summary>
internal enum FlagUse
{
    /// <summary>It takes effect.</summary>
    Obeyed,

    /// <summary>It has no effect and a start without it is safe: a warning says so.</summary>
    Warned,

    /// <summary>etcd has removed what it asks for, and a start without would be dangerous, so there is none.</summary>
    Refused,
}
